"""The tables that rows of a backup are put into: made by this site's own migrations.

No definition that a backup holds is ever run. Who may write to where backups are kept could put a trigger there that
takes the cuts back, or any other statement.
"""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def applied(execute):
    """What a database has had of migrations, for the manifest; ``execute`` runs a statement and gives its cursor."""
    return sorted([app, name] for app, name in execute("SELECT app, name FROM django_migrations").fetchall())


def make(migrations):
    """Make the tables as these migrations leave them, in the empty database of Django's connection."""
    executor = MigrationExecutor(connection)
    wanted = {(app, name) for app, name in migrations}
    if unknown := sorted(wanted - set(executor.loader.disk_migrations)):
        raise ValueError(f"the backup is of a newer version of this site, or of another: no migration {unknown[0]}")
    nodes = executor.loader.graph.node_map
    known = wanted & set(nodes)
    executor.migrate(sorted(name for name in known if not any(child.key in known for child in nodes[name].children)))
    if set(executor.recorder.applied_migrations()) != wanted:
        raise ValueError("the backup's migrations do not belong together")


def refuse(strange):
    """Whether a backup is made or restored: what the site never made in a database does not belong there."""
    if strange:
        raise ValueError(f"the database holds what this site does not make: {', '.join(sorted(strange)[:5])}")
