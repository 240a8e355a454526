"""The handling rules of the private sessions: which version is in force. Their text is a template of that name."""

VERSION = "2022-1"
