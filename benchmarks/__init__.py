"""What the site costs: ``make bench`` prints the figures, each beside its goal, and keeps them in results.md.

    python -m benchmarks [part …] [--rounds 3] [--seconds 4] [--share 1]
    python -m benchmarks.public   # one part alone

A part is a module with ``rows(settings)``, which yields a ``table.Row`` for each line; it measures with what
``servers.py`` starts and ends. Goals are ratios within one run, since requests per second swing with the machine.
"""
