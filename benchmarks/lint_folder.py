"""Time `ebpm lint` on a folder of 1,400 synthetic logic models, as many as the city has projects; a fixed seed, nothing is kept."""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from ebpm.logic.folder import lint_files
from ebpm.logic.lint_formats.tables import counted

ROOT = Path(__file__).parents[1]
PILOTS = ("bicycle_insurance", "cardiac_rehab", "student_energy_saving", "venture_support")
BUREAUS = [f"局{number:02d}" for number in range(1, 31)]


def write(folder: Path, count: int, seed: int) -> None:
    """Write models of the size of the pilots' own, each with another id and bureau and up to three parts left out."""
    texts = [(ROOT / "logic_models" / f"{name}.yaml").read_text(encoding="utf-8") for name in PILOTS]
    rng = random.Random(seed)
    for number in range(count):
        text = texts[number % len(texts)]
        name, bureau = PILOTS[number % len(texts)], rng.choice(BUREAUS)
        lines = text.replace(f"id: {name}\n", f"id: project_{number:04d}\n", 1).split("\n")
        lines = [f"    bureau: {bureau}" if line.startswith("    bureau:") else line for line in lines]
        single = [
            at for at, line in enumerate(lines) if line.startswith(("  - {from:", "    no_target:", "    no_baseline:"))
        ]
        for at in sorted(rng.sample(single, rng.randrange(4)), reverse=True):
            del lines[at]
        (folder / f"project_{number:04d}.yaml").write_text("\n".join(lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=1400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=2019)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        write(Path(folder), options.models, options.seed)
        files = sorted(Path(folder).glob("*.yaml"))
        size = sum(file.stat().st_size for file in files)
        begun = time.perf_counter()
        report = lint_files(files, profile="training", jobs=options.jobs)
        took = time.perf_counter() - begun
    print(f"{options.models} models, {size / 1e6:.1f} MB, {options.jobs} processes: {took:.1f} s")
    print(counted(report, "en"))


if __name__ == "__main__":
    main()
