"""Browsers that speak https to a site behind nginx, with the answers and methods of Django's test client."""

import http.client
import re
import socket
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from .nginx import HOST

TOKEN = "a" * 32  # a form token that this browser made up itself, and so knows


class Answer:
    def __init__(self, response):
        self.status_code = response.status
        self.headers = {}
        for name, value in response.getheaders():
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self.set_cookies = response.headers.get_all("Set-Cookie") or []
        self.content = response.read()
        self.text = self.content.decode(errors="replace")

    def items(self):
        return self.headers.items()

    def get(self, name, default=None):
        return {key.lower(): value for key, value in self.headers.items()}.get(name.lower(), default)

    def __getitem__(self, name):
        return self.get(name)

    def __contains__(self, name):
        return self.get(name) is not None


class TlsBrowser:
    """Keeps its cookies and its connection. ``client`` is a test client whose cookies it takes over."""

    def __init__(self, nginx, client=None):
        self.nginx = nginx
        self.cookies = {name: morsel.value for name, morsel in client.cookies.items()} if client else {}
        self._connection = None
        nginx.browsers.append(self)

    def request(self, method, path, body=None, headers=None):
        said = {"Host": HOST, **(headers or {})}
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for attempt in (1, 2):
            connection = self._connection or Connection(self.nginx)
            try:
                connection.request(method, path, body, said)
                answer = Answer(connection.getresponse())
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                connection.close()
                if self._connection is None or attempt == 2:
                    raise
                self._connection = None  # it had rested too long
        self._connection = connection
        for line in answer.set_cookies:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    def get(self, path, headers=None):
        return self.request("GET", path, headers=headers)

    def head(self, path):
        return self.request("HEAD", path)

    def post(self, path, form=None):
        """A form with a valid token."""
        self.cookies.setdefault("__Host-csrftoken", TOKEN)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"https://{HOST}",
            "X-CSRFToken": self.cookies["__Host-csrftoken"],
        }
        return self.request("POST", path, urlencode(form or {}, doseq=True), headers)

    def put(self, path):
        return self.request("PUT", path)

    def patch(self, path):
        return self.request("PATCH", path)

    def delete(self, path):
        return self.request("DELETE", path)

    def options(self, path):
        return self.request("OPTIONS", path)

    def trace(self, path):
        return self.request("TRACE", path)

    def close(self):
        if self._connection:
            self._connection.close()

    def hidden(self, path, name):
        """The value of a hidden field on a page."""
        return re.search(rf'name="{name}" value="([^"]*)"', self.get(path).text).group(1)


class Connection(http.client.HTTPSConnection):
    """To 127.0.0.1, by the site's name."""

    def __init__(self, nginx, timeout=60, context=None):
        super().__init__(HOST, nginx.port, timeout=timeout, context=context or nginx.trust())

    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context.wrap_socket(raw, server_hostname=HOST)
