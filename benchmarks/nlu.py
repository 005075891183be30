"""Understanding side by side in one run: this project, Rasa's DIET and Rasa's logistic regression, on the same data."""

import argparse
import csv
import json
import os
import random
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import DEVNULL, Popen

from _service import ROOT, folder, percentile, print_machine, print_table

sys.path.insert(0, str(ROOT))
RASA = ROOT / ".venv-rasa" / "bin" / "python"
HERE = Path(__file__).resolve().parent
OUTSIDE = "out_of_scope"
REFUSED = {OUTSIDE, "nlu_fallback"}
COLUMNS = (
    "set", "system", "accuracy", "macro-F1", "outside caught", "ours refused", "training CPU s", "start CPU s",
    "parse CPU ms", "p99 ms", "memory MB",
)  # fmt: skip

Pair = tuple[str, str]  # text, intent


@dataclass(frozen=True, slots=True)
class DataSet:
    """What to learn and what to be asked."""

    name: str
    train: Sequence[Pair]
    test: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class System:
    """How to train on a data folder, and how to parse; `{…}` are filled in."""

    name: str
    train: tuple[str, ...]
    parse: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Used:
    """What a finished process has used: seconds of CPU with those of its children, MB at the peak."""

    cpu: float
    memory: float


def project() -> DataSet:
    """Our training data, and the frozen list that nobody may tune to, without what stands in both."""
    from nlu import evaluation, training_data
    from nlu.normalize import fold

    examples = training_data.load(ROOT / "nlu" / "data").examples
    taught = {fold(example.text).text for example in examples}
    sentences = evaluation.read(ROOT / "tests" / "nlu" / "unseen.jsonl")
    test = [(one.text, one.intent) for one in sentences if fold(one.text).text not in taught]
    return DataSet("this project", [(example.text, example.intent) for example in examples], test)


def banking77(path: Path) -> DataSet:
    """A folder with train.csv and test.csv of PolyAI-LDN/task-specific-datasets (banking_data)."""
    read = lambda name: [(row["text"], row["category"]) for row in _rows(path / name, ",")]  # noqa: E731  twice below
    return DataSet("BANKING77", read("train.csv"), read("test.csv"))


def clinc150(path: Path) -> DataSet:
    """data_full.json of clinc/oos-eval; out_of_scope is taught by its 100 training sentences."""
    raw = json.loads(path.read_text("utf-8"))
    parts = {name: [(text, OUTSIDE if label == "oos" else label) for text, label in raw[name]] for name in raw}
    return DataSet("CLINC150", parts["train"] + parts["oos_train"], parts["test"] + parts["oos_test"])


def hwu64(path: Path) -> DataSet:
    """A KFold_N folder of xliuhw/NLU-Evaluation-Data; an intent is scenario_intent, as the files are called."""
    parts = {}
    for name, place in (("train", path / "trainset"), ("test", path / "testset" / "csv")):
        files = sorted(place.glob("*.csv"))
        parts[name] = [(row["answer_from_anno"], file.stem) for file in files for row in _rows(file, ";")]
    return DataSet("HWU64", parts["train"], parts["test"])


def few(data: DataSet, shots: int | None) -> DataSet:
    """The set with so many examples to learn from for each intent, drawn by a fixed seed; None: with all."""
    if shots is None:
        return data
    by_intent: dict[str, list[Pair]] = defaultdict(list)
    for pair in random.Random(1).sample(data.train, len(data.train)):
        by_intent[pair[1]].append(pair)
    return replace(data, train=[pair for pairs in by_intent.values() for pair in pairs[:shots]])


def _rows(path: Path, mark: str) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=mark)


def systems(work: Path, *, rasa: bool, epochs: int, encoder: Path | None) -> list[System]:
    ours = (sys.executable, str(HERE / "_understood.py"))
    train, parse = (*ours, "train", "{data}", "{model}"), (*ours, "parse", "{model}", "{texts}", "{out}")
    found = [System("fengsui", train, parse)]
    if encoder:
        place = str(encoder.resolve())
        found.append(System("fengsui, encoder", (*train, place), (*parse, place)))
    if not rasa:
        return found
    theirs = (str(RASA), str(HERE / "_understood_by_rasa.py"))
    for name, config in (("Rasa LR", _logistic_regression()), (f"Rasa DIET, {epochs} epochs", _diet(epochs))):
        file = work / f"{len(found)}.yml"
        file.write_text(config, "utf-8")
        train = (*theirs, "train", str(file), "{data}", "{model}")
        found.append(System(name, train, (*theirs, "parse", "{model}", "{texts}", "{out}")))
    return found


def _diet(epochs: int) -> str:
    stock = (ROOT / "config.diet.yml").read_text("utf-8")
    return stock.replace("epochs: 100", f"epochs: {epochs}")


def _logistic_regression() -> str:
    lines = (ROOT / "config.diet.yml").read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.lstrip().startswith(("epochs", "constrain_similarities"))]
    return "\n".join(kept).replace("DIETClassifier", "LogisticRegressionClassifier")


def measure(data: DataSet, system: System, work: Path) -> list[str]:
    """A row of the table. Raises RuntimeError when a process fails."""
    places = {name: str(work / name) for name in ("data", "model", "texts", "out")}
    _write(data, work)
    trained = _run(system.train, places, work)
    parsed = _run(system.parse, places, work)
    found = json.loads((work / "out").read_text("utf-8"))
    took = [1000 * seconds for seconds in found["took"]]
    accuracy, macro, caught, refused = judge(data.test, found["intents"])
    times = (trained.cpu, found["start"], statistics.median(took), percentile(took, 99))
    strange = any(wanted == OUTSIDE for _, wanted in data.test)
    return [
        data.name,
        system.name,
        f"{accuracy:.1%}",
        f"{macro:.1%}",
        *((f"{caught:.1%}", f"{refused:.1%}") if strange else ("", f"{refused:.1%}")),
        *(f"{number:.2f}" if number < 10 else f"{number:.0f}" for number in times),
        f"{parsed.memory:.0f}",
    ]


def judge(test: Sequence[Pair], got: Sequence[str]) -> tuple[float, float, float, float]:
    """Accuracy and macro-F1 in scope, the share of the others that was turned down, the share of ours that was."""
    inside = [(wanted, intent) for (_, wanted), intent in zip(test, got, strict=True) if wanted != OUTSIDE]
    outside = [intent for (_, wanted), intent in zip(test, got, strict=True) if wanted == OUTSIDE]
    wanted, answered = Counter(pair[0] for pair in inside), Counter(pair[1] for pair in inside)
    right = Counter(pair[0] for pair in inside if pair[0] == pair[1])
    macro = statistics.mean(2 * right[name] / (wanted[name] + answered[name]) for name in wanted)
    caught = sum(intent in REFUSED for intent in outside) / max(len(outside), 1)
    refused = sum(intent in REFUSED for _, intent in inside) / len(inside)
    return right.total() / len(inside), macro, caught, refused


def _write(data: DataSet, work: Path) -> None:
    """The data as Rasa's training files, in the folder of one language, and the texts to be parsed."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for text, intent in data.train:
        by_intent[intent].append(" ".join(text.replace("[", "(").replace("]", ")").split()))
    lines = ['version: "3.1"', "nlu:"]
    for intent, texts in by_intent.items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in texts)]
    (work / "data" / "en").mkdir(parents=True, exist_ok=True)
    (work / "data" / "en" / "nlu.yml").write_text("\n".join(lines) + "\n", "utf-8")
    (work / "texts").write_text(json.dumps([text for text, _ in data.test]), "utf-8")


def _run(command: Sequence[str], places: dict[str, str], work: Path) -> Used:
    words = [word.format(**places) for word in command]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    process = Popen(words, cwd=work, env=quiet, stdout=DEVNULL, stderr=DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
    return Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def data_sets(chosen: argparse.Namespace) -> Iterator[DataSet]:
    if chosen.set in "this project":
        yield project()
    for name, read in (("banking77", banking77), ("clinc150", clinc150), ("hwu64", hwu64)):
        path: Path | None = getattr(chosen, name)
        if chosen.set.lower() not in name:
            continue
        if path is None or not path.exists():
            print(f"{name} is left out. It is read from --{name}: {read.__doc__}")
            continue
        yield read(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, read in (("banking77", banking77), ("clinc150", clinc150), ("hwu64", hwu64)):
        parser.add_argument(f"--{name}", type=Path, help=read.__doc__)
    parser.add_argument("--rasa", action="store_true", help="beside Rasa, which make rasa-setup installs; takes long")
    parser.add_argument("--epochs", type=int, default=20, help="at how many DIET is stopped (stock: 100)")
    parser.add_argument("--encoder", type=Path, help="also with a sentence encoder (make encoder: .encoder)")
    parser.add_argument("--shots", type=int, help="learn from so many examples of each intent only")
    parser.add_argument("--only", default="", help="only the systems whose name has this")
    parser.add_argument("--set", default="", help="only the sets whose name has this")
    chosen = parser.parse_args()
    rasa = chosen.rasa and RASA.exists()
    if chosen.rasa and not rasa:
        print("Rasa is left out: make rasa-setup installs it.")
    print_machine()
    rows = []
    with folder() as work:
        for data in [few(one, chosen.shots) for one in data_sets(chosen)]:
            for system in systems(work, rasa=rasa, epochs=chosen.epochs, encoder=chosen.encoder):
                if chosen.only not in system.name:
                    continue
                with tempfile.TemporaryDirectory(dir=work) as place:
                    rows.append(measure(data, system, Path(place)))
                    print(" | ".join(rows[-1]), flush=True)
    print_table(COLUMNS, rows)


if __name__ == "__main__":
    main()
