"""A backup is one encrypted file: the database as it was at one moment, and the uploads.

``sealed_file`` is how it is encrypted, ``archive`` what is in it, ``sqlite`` and ``postgres`` how each database gives
and takes its part, ``cuts`` what must never come back. The commands ``backup`` and ``restore`` use them.
"""
