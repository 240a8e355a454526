"""The handling rules of the private sessions: which version is in force. Their text is a template of that name.

Whoever agreed to another version sees nothing private until they have agreed to this one: change it with the text.
"""

VERSION = "2022-2"
