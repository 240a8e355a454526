"""What the programme tells of itself, put on record; named in the settings, since it knows nothing of people."""

from .models import Deed, Record


def programme_loaded(event, figures):
    """A programme file changed the programme; ``figures`` says how much it added, changed and removed."""
    Record.objects.write(Deed.LOADED_PROGRAMME, by=None, about=str(event), figures=figures)
