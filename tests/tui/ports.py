"""An application without a terminal: what is asked of it is done at once, on a real library."""

from edition.actions.session import Session
from edition.errors import EditionError
from edition.tui.controllers.table_search import TableSearch
from edition.tui.controllers.table_selection import TableSelection
from edition.tui.print_list import PrintList


class PlainPen:
    """Has written all that it was asked to."""

    busy = False


class PlainApp:
    """Keeps what controllers say, ask and open."""

    def __init__(self, root):
        self.session = Session(root)
        self.auto_advance = self.advance_once = False
        self.pen = PlainPen()
        self.said, self.told, self.opened, self.written = [], [], [], []
        self.answer = None
        self.copied = ""

    def write(self, act, then=None, what="a change"):
        try:
            result = act(self.session)
        except EditionError as error:
            self.told.append(error)
            return
        self.written.append(what)
        if then is not None and result is not None:
            then(result)

    def read(self, act, then):
        self.write(act, then, "")

    def aside(self, act, then):
        self.write(act, then, "")

    def say(self, text):
        self.said.append(text)

    def tell(self, error):
        self.told.append(error)

    def get_key_of(self, act_id):
        return f"<{act_id}> other"

    def open_screen(self, name, *args, then=None, **options):
        self.opened.append((name, args))
        self.answer = then

    def copy_to_clipboard(self, text):
        self.copied = text


class PlainView:
    """A list of prints, some of them meant; keeps what it was told to show."""

    def __init__(self, app, slug="pocket-dreams"):
        self.app = app
        self.roll = PrintList(app.session, slug)
        self.roll.choose(self.roll.where, "made")
        self.chosen = ()
        self.shown, self.gone, self.read_again = [], [], 0

    def current(self):
        return self.roll.one(self.chosen[0]) if self.chosen else None

    def targets(self):
        return tuple(self.chosen)

    def show_marked(self, prints, *, pictures):
        self.shown.append((prints, pictures))

    def recount(self, before, after):
        self.counted = (before, after)

    def vanish(self, ids):
        self.gone += ids
        self.roll.without(ids)

    def reselect(self):
        self.read_again += 1
        self.roll.choose(self.roll.where, "made")


class PlainGrid:
    """Thumbnails that nobody sees: where the selection is, and which are chosen."""

    def __init__(self, roll):
        self.roll = roll
        self.cursor = 0
        self.marked = frozenset()
        self.across = 16

    @property
    def current(self):
        return self.roll.ids[self.cursor] if 0 <= self.cursor < len(self.roll) else 0

    @property
    def shown(self):
        return range(min(12, len(self.roll)))

    def go(self, index):
        self.cursor = index


class PlainTable(PlainView):
    """A light table of which nothing is drawn."""

    def __init__(self, app, slug="pocket-dreams"):
        super().__init__(app, slug)
        self.slug = slug
        self.grid = PlainGrid(self.roll)
        self.finder = TableSearch(app, self)
        self.choice = TableSelection(app, self)
        self.titles = self.places = 0
        self.lists, self.timers = [], []

    def current(self):
        return self.roll.one(self.grid.current)

    def targets(self):
        return self.choice.targets()

    def select_again(self):
        self.roll.choose(self.finder.query(), self.finder.order)
        self.finder.arrange()

    def show_list(self, kept, at):
        self.lists.append((kept, at))

    def show_title(self):
        self.titles += 1

    def show_place(self):
        self.places += 1

    def show_all(self):
        self.show_title()

    def write_filter(self, text):
        self.finder.typed(text)

    def set_timer(self, delay, callback):
        self.timers.append(callback)
