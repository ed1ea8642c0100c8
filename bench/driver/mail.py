"""A mail server that takes everything, or one that takes connections and never says a word."""
import socket
import threading


class MailSink:
    def __init__(self, hangs):
        self.hangs, self.taken = hangs, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.open = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # it was closed
            self.open.append(connection)
            if not self.hangs:
                threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        with connection, connection.makefile("rwb") as lines:
            def say(text):
                lines.write(text + b"\r\n")
                lines.flush()

            say(b"220 sink")
            in_message = False
            for line in lines:
                if in_message:
                    in_message = line.rstrip() != b"."
                    if not in_message:
                        self.taken += 1
                        say(b"250 taken")
                elif line[:4].upper() == b"DATA":
                    in_message = True
                    say(b"354 go on")
                elif line[:4].upper() == b"QUIT":
                    say(b"221 bye")
                    return
                else:
                    say(b"250 sink")

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes who waits for the next
        self.listener.close()
        for connection in self.open:
            connection.close()
