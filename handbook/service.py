"""Owns the handbook in use: answers at once by the lexical channels, lets the encoder join, follows edits.

An edit that adds a fault is refused: the old handbook serves on and `problems` says what is wrong.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from handbook import loader
from handbook.calibration import dense_weights, lexical_weights
from handbook.channels import outside_of, segmenter_of
from handbook.check import check_library
from handbook.embedding import Encoder, EncoderUnavailable, load_encoder
from handbook.entry import Entry, Problem, Search, SearchResult
from handbook.index import build_index
from handbook.lexicon_store import open_lexicon
from handbook.loader import Library
from handbook.memory import Memory
from handbook.places import Places
from handbook.search import Brain, Handbook

STARTING = "语义模型正在加载，暂用字词检索"


@dataclass(frozen=True)
class Sources:
    """Where a handbook comes from: folders, district, the values of its variables, the model."""

    kb_dir: Path
    index_dir: Path
    local_dir: Path | None = None
    embedding_model: str = ""
    district: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The kb folders that exist, the shipped one first."""
        return tuple(
            folder for folder in (self.kb_dir, self.local_dir) if folder is not None and folder.is_dir()
        )

    def read(self, today: date | None) -> Library:
        """Load both folders."""
        return loader.load(
            self.kb_dir, self.local_dir, district=self.district, variables=self.variables, today=today
        )


class HandbookService(Search):
    """The handbook of a running process. Safe to share between threads."""

    def __init__(self, sources: Sources, *, today: Callable[[], date] | None = None) -> None:
        self._sources = sources
        self._today = today or date.today
        self._reloading = threading.Lock()
        self._encoder: Encoder | None = None
        self._encoder_fault = STARTING
        self._joined = threading.Event()
        self._snapshot = loader.snapshot(sources.folders)
        library = sources.read(self._today())
        self._faults = _faults(library)
        self.problems: tuple[Problem, ...] = self._faults
        self._handbook = self._assemble(library)
        self._memory = Memory(self._handbook)

    @property
    def handbook(self) -> Handbook:
        """The handbook in use at this moment."""
        return self._handbook

    @property
    def degraded(self) -> str:
        """Why a channel is missing; "" when all are there."""
        return self._handbook.degraded

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        """Ask the handbook in use; what was asked lately in the same words is remembered until the next edit."""
        return self.search_each([(question, staff)])[0]

    def search_each(self, questions: Sequence[tuple[str, bool]]) -> list[SearchResult]:
        """`search` for each text with its `staff`."""
        memory = self._memory
        if memory.handbook is not self._handbook:
            memory = self._memory = Memory(self._handbook)
        return memory.search_each(questions)

    def entry(self, entry_id: str) -> Entry | None:
        """One entry of the handbook in use."""
        return self._handbook.entry(entry_id)

    def public_entries(self) -> tuple[Entry, ...]:
        """What an enterprise may see."""
        return self._handbook.public_entries()

    def group(self, texts: Sequence[str]) -> list[list[int]]:
        """Places of texts that mean the same, together, as `clustering.clusters` gives them."""
        from handbook.clustering import clusters  # scikit-learn: only where questions are grouped

        encode = self._encoder.encode if self._encoder is not None else None
        return clusters(texts, segmenter_of(self._sources.folders), encode)

    def start_encoder(self) -> None:
        """Load the encoder in a thread of its own; it joins when it is ready."""
        threading.Thread(target=self.join_encoder, name="handbook-encoder", daemon=True).start()

    def wait_for_encoder(self, seconds: float) -> bool:
        """Whether loading has ended, well or badly, within `seconds`."""
        return self._joined.wait(seconds)

    def join_encoder(self) -> None:
        """Load the encoder here and now, and let it join. Never raises."""
        try:
            encoder = load_encoder(self._sources.embedding_model)
        except EncoderUnavailable as error:
            self._refuse_encoder(str(error))
            return
        with self._reloading:
            self._encoder = encoder
            self._handbook = self._handbook.with_brain(self._brain(self._handbook))
        self._joined.set()

    def reload_if_changed(self) -> bool:
        """Take over an edit of the kb folders; False where nothing changed or the edit was refused."""
        with self._reloading:
            seen = loader.snapshot(self._sources.folders)
            if seen == self._snapshot:
                return False
            self._snapshot = seen
            library = self._sources.read(self._today())
            faults = _faults(library)
            known = {(fault.path, fault.message) for fault in self._faults}
            added = tuple(fault for fault in faults if (fault.path, fault.message) not in known)
            self.problems = faults
            if added or not library.entries:
                return False
            self._faults = faults
            self._handbook = self._assemble(library)
            return True

    def _assemble(self, library: Library) -> Handbook:
        folders = self._sources.folders
        index_dir = self._sources.index_dir
        segmenter = segmenter_of(folders, index_dir=index_dir)
        lexicon = open_lexicon(library.entries, segmenter, outside_of(folders), index_dir)
        places = Places.of(folders, self._sources.district)
        brain = Brain(lexical_weights(), missing=self._encoder_fault)
        handbook = Handbook(library.entries, lexicon, brain, places)
        return handbook.with_brain(self._brain(handbook)) if self._encoder is not None else handbook

    def _brain(self, handbook: Handbook) -> Brain:
        lexical = lexical_weights()
        encoder = self._encoder
        if encoder is None:
            return Brain(lexical, missing=self._encoder_fault)
        dense = dense_weights(encoder.fingerprint, self._sources.index_dir)
        if dense is None:
            return Brain(lexical, missing="语义模型没有校准过：请运行 qiying kb calibrate")
        vectors = build_index(handbook.entries, handbook.lexicon, encoder, self._sources.index_dir).vectors
        return Brain(lexical, dense, vectors)

    def _refuse_encoder(self, reason: str) -> None:
        with self._reloading:
            self._encoder_fault = reason
            self._handbook = self._handbook.with_brain(self._brain(self._handbook))
        self._joined.set()


def _faults(library: Library) -> tuple[Problem, ...]:
    problems = (*library.problems, *check_library(library))
    return tuple(problem for problem in problems if not problem.is_warning)
