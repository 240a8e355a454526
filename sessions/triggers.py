"""The triggers that give a new generation at each write (``models/generation.py``), for migrations.

On PostgreSQL a writer must wait for nobody here, or two could wait for each other. So it adds a value, and takes away
those that no other writer is taking away at this moment. A value that was committed goes only with another writer's
commit, which adds its own: of the sets of values before and after any commit, the later holds one that the earlier
does not.

On SQLite, which has one writer at a time, there is one value. It is deleted and inserted: an upsert would do what the
writer's own ``INSERT OR IGNORE`` says, and nothing.
"""

NAME = "agenda_new_generation"
EVENTS = ("INSERT", "UPDATE", "DELETE")

ON_POSTGRES = "INSERT INTO agenda_generation (value) VALUES (replace(gen_random_uuid()::text, '-', ''))"
ON_SQLITE = "INSERT INTO agenda_generation (value) VALUES (lower(hex(randomblob(16))))"
FUNCTION = f"""
CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM agenda_generation WHERE value IN (SELECT value FROM agenda_generation FOR UPDATE SKIP LOCKED);
  {ON_POSTGRES};
  RETURN NULL;
END $$
"""  # noqa: S608  # nosec B608  # no name from outside


def make(apps, schema_editor):
    """On every table of the app as the migrations so far leave it; may be run again."""
    execute, is_postgres = schema_editor.execute, schema_editor.connection.vendor == "postgresql"
    if is_postgres:
        execute(FUNCTION)
    for table in tables(apps):
        if is_postgres:  # once a statement
            events = " OR ".join([*EVENTS, "TRUNCATE"])
            execute(
                f"CREATE OR REPLACE TRIGGER {NAME} AFTER {events} ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()"
            )
            continue
        for event in EVENTS:  # once a row: it knows no other
            when = f"CREATE TRIGGER IF NOT EXISTS {on_sqlite(table, event)} AFTER {event} ON {table}"
            execute(f"{when} BEGIN DELETE FROM agenda_generation; {ON_SQLITE}; END")  # noqa: S608  # nosec B608  # names of ours
    if not apps.get_model("agenda", "Generation").objects.exists():
        execute(ON_POSTGRES if is_postgres else ON_SQLITE)


def take_away(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {NAME} CASCADE")
        return
    for table in tables(apps):
        for event in EVENTS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {on_sqlite(table, event)}")


def tables(apps):
    models = apps.get_app_config("agenda").get_models(include_auto_created=True)
    return sorted(model._meta.db_table for model in models if model._meta.model_name != "generation")


def on_sqlite(table, event):
    """A trigger's name, of which there may be but one in a database."""
    return f"{NAME}_{table}_{event.lower()}"
