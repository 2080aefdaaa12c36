"""What was asked lately is remembered, never beyond the handbook that said it, and never without bound."""

from dataclasses import dataclass, field

from handbook import memory
from handbook.entry import Decision, Search, SearchResult
from handbook.memory import Memory
from handbook.service import HandbookService, Sources


@dataclass
class Counting(Search):
    """Counts what it is asked."""

    asked: list[tuple[str, bool]] = field(default_factory=list)

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        self.asked.append((question, staff))
        return SearchResult(question, Decision.NONE, (), 0.0)

    def entry(self, entry_id: str) -> None:
        return None


def test_the_same_words_are_searched_once_for_each_audience() -> None:
    """Officers find entries that enterprises must not see: the two never share an answer."""
    handbook = Counting()
    remembered = Memory(handbook)
    for staff in (False, True, False, True):
        remembered.search("怎么办", staff=staff)
    assert handbook.asked == [("怎么办", False), ("怎么办", True)]


def test_it_forgets_the_oldest_and_keeps_no_stories() -> None:
    handbook = Counting()
    remembered = Memory(handbook)
    for number in range(memory.REMEMBERED + 1):
        remembered.search(f"第{number}问")
    remembered.search("第0问")
    remembered.search("长" * 101)
    remembered.search("长" * 101)
    assert len(handbook.asked) == memory.REMEMBERED + 4


def test_an_edit_is_answered_at_once(sources: Sources) -> None:
    service = HandbookService(sources)
    question = "蛋糕要办啥手续"
    before = service.search(question)
    assert service.search(question) is before, "remembered"
    file = sources.kb_dir / "permit/bakery.md"
    file.write_text(file.read_text("utf-8").replace("五个工作日办好", "当天办好"), "utf-8")
    assert service.reload_if_changed()
    assert "当天办好" in service.search(question).candidates[0].entry.summary


def test_several_questions_are_asked_once_each_and_given_back_in_order() -> None:
    handbook = Counting()
    remembered = Memory(handbook)
    remembered.search("甲问")
    asked = [("乙问", False), ("甲问", False), ("乙问", False), ("乙问", True)]
    results = remembered.search_each(asked)
    assert [result.query for result in results] == [text for text, _ in asked]
    assert handbook.asked == [("甲问", False), ("乙问", False), ("乙问", True)]
