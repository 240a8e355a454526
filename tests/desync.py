"""Sends odd bytes, and sees whether the other side still knows where one request ends and the next begins."""

import http.client
import io
import re
import secrets
import ssl
from dataclasses import dataclass, field

from .malformed import FIELDS, SMUGGLED

PIECE = 65536
QUIET = 1  # second in which somebody who says nothing says nothing more
SETTLED = 0.1  # seconds after a whole answer; a second one that comes later is found before the marker's
PATIENCE = 10


@dataclass
class Outcome:
    statuses: list = field(default_factory=list)  # of the answers to the odd request
    kept_open: bool = False
    faults: list = field(default_factory=list)

    @property
    def refused(self):
        """Or closed without a word."""
        return all(400 <= status < 600 and status != 500 for status in self.statuses)


class Marker:
    """A request that cannot be taken for another: its answer names its address."""

    def __init__(self):
        self.path = f"/marker-{secrets.token_hex(8)}/"
        self.sent = b"GET " + self.path.encode() + b" HTTP/1.1\r\n" + FIELDS + b"\r\n"

    def is_answered_by(self, answer):
        return self.path.strip("/").encode() in answer[1]


def attempt(connect, sent):
    """Send the bytes, then a marker on the same connection if it is still open, then one on a fresh one."""
    outcome = Outcome()
    with connect() as sock:
        back, outcome.kept_open = _exchange(sock, sent, QUIET)
        outcome.statuses = [status for status, _ in _judge(outcome, "the odd request", back, at_most=1)]
        if outcome.kept_open:
            marker, late = Marker(), not outcome.statuses
            back, _ = _exchange(sock, marker.sent, QUIET)
            answers = _judge(outcome, "the marker behind it", back, at_most=1 + late)
            # An odd request whose end has not come takes what follows for its body: then it gets the one answer.
            refused_as_one = late and len(answers) == 1 and answers[0][0] in {400, 413}
            if answers and not (refused_as_one or marker.is_answered_by(answers[-1])):
                outcome.faults.append("the marker behind it got another's answer")
    marker = Marker()
    with connect() as sock:
        back, _ = _exchange(sock, marker.sent, PATIENCE, settled=0)
        answers = _judge(outcome, "a fresh marker", back, at_most=1)
        if not (answers and marker.is_answered_by(answers[0])):
            outcome.faults.append("a fresh marker got no answer or another's")
    return outcome


def _exchange(sock, sent, patience, settled=SETTLED):
    """All that came back until nothing more does, and whether the connection is still open."""
    back = b""
    try:
        sock.settimeout(patience)
        sock.sendall(sent)
        while piece := sock.recv(PIECE):
            back += piece
            sock.settimeout(settled if _is_whole(back) else PATIENCE)
    except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
        return back, True
    except (ConnectionError, ssl.SSLError):
        pass
    return back, False


def _is_whole(back):
    try:
        return bool(parse(back))
    except (ValueError, http.client.HTTPException):
        return False


def _judge(outcome, what, back, at_most):
    try:
        answers = parse(back)
    except (ValueError, http.client.HTTPException) as error:
        outcome.faults.append(f"{what}: what came back is no answer ({error})")
        return []
    if len(answers) > at_most:
        outcome.faults.append(f"{what}: {len(answers)} answers")
    if any(SMUGGLED.strip("/").encode() in body for _, body in answers):
        outcome.faults.append(f"{what}: the smuggled request was answered")
    return answers


class _Bytes(io.BytesIO):
    """Like a socket, for http.client; what one answer leaves is there for the next."""

    def makefile(self, *_):
        return self

    def close(self):
        pass


def parse(back):
    """``[(status, head and body)]``; raises for what is no whole answer."""
    if page := re.match(rb"<html>\r\n<head><title>(\d{3}) ", back):
        return [(int(page[1]), back)]  # to HTTP/0.9, which knows no status line
    stream, answers = _Bytes(back), []
    while stream.tell() < len(back):
        begin = stream.tell()
        response = http.client.HTTPResponse(stream, method="GET")
        response.begin()
        if (length := response.getheader("Content-Length")) is not None:
            if len(stream.read(int(length))) < int(length):
                raise ValueError("cut short")
        else:
            response.read()
        answers.append((response.status, back[begin : stream.tell()]))
    return answers
