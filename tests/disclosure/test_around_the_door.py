"""Ways around the door in a notebook: verify finds each by its source, by its output, or by what stands in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ebpm.disclosure.scanning import Known
from ebpm.disclosure.scanning.scan import scan_bytes
from ebpm.review.cells import around, cells
from ebpm.review.doors import in_source
from tests.disclosure.people import frame, reading

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SOURCES = [
    "open('x.csv', 'w').write('a')", "import os\nos.system('cat data.csv')", "pd.io.common.os.system('cat data.csv')", "np.lib.npyio.os.popen('x').read()",
    "figure.savefig('out.png')", "np.savetxt('x.csv', data)", "frame.to_excel('x.xlsx')", "frame.to_parquet('x')", "print(frame.to_json())",
    "from pathlib import Path\nPath('x').write_text('a')", "frame.describe()", "frame['ward'].value_counts()", "frame.groupby('ward').size()", "frame.loc[7]",
    "for row in frame.values: print(row)", "getattr(frame, 'he' + 'ad')()", "print(frame.query('age == 20'))", "from IPython.display import HTML\ndisplay(HTML('x'))",
    "pd.crosstab(frame.ward, frame.sex)", "np.sys.stdout.write(str(frame))",
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_a_way_around_the_door_is_seen_in_the_source(source):
    assert list(in_source(source))


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("[pt]*/*.ipynb")), ids=lambda path: path.stem)
def test_the_notebooks_of_the_pilots_go_through_it(path):
    found = cells(path.read_text(encoding="utf-8"))
    assert not [one for cell in found for one in around("p", path.name, cell)]


def notebook(**parts):
    cell = {"cell_type": "code", "source": "", "metadata": {}, "outputs": []} | parts
    return json.dumps({"cells": [cell], "metadata": {}}).encode()


def shown(**output):
    return notebook(outputs=[{"output_type": "display_data", "metadata": {}, "data": {}} | output])


ROW = " ".join(map(str, frame().iloc[7, 2:]))
HIDDEN = {
    "a stream of errors": notebook(outputs=[{"output_type": "stream", "name": "stderr", "text": [ROW]}]),
    "an exception": notebook(outputs=[{"output_type": "error", "ename": "E", "evalue": ROW, "traceback": []}]),
    "a traceback": notebook(
        outputs=[{"output_type": "error", "ename": "E", "evalue": "", "traceback": [f"\x1b[31m{ROW}\x1b[0m"]}]
    ),
    "metadata of a cell": notebook(metadata={"note": ROW}),
    "metadata of an output": shown(metadata={"note": ROW}),
    "an attachment": notebook(cell_type="markdown", attachments={"a.txt": {"text/plain": ROW}}),
    "a script": shown(data={"application/javascript": f"var row = '{ROW}';"}),
    "LaTeX": shown(data={"text/latex": ROW.replace(" ", " & ")}),
    "JSON": shown(data={"application/json": {"row": ROW.split()}}),
    "a widget": json.dumps({"cells": [], "metadata": {"widgets": {"state": {"x": {"value": ROW}}}}}).encode(),
    "words": notebook(cell_type="markdown", source=["On the island 4 people were ill."]),
    "a raw cell": notebook(cell_type="raw", source=["島では四人が罹患した。"]),
    "a printed table": notebook(outputs=[{"output_type": "stream", "name": "stdout", "text": ["ward  n\nisle  4\n"]}]),
    "a text in a drawing": shown(
        data={"image/svg+xml": "<svg><!-- 4 people of the island --><text>4 people</text></svg>"}
    ),
}


@pytest.mark.parametrize("way", HIDDEN)
def test_what_stands_anywhere_in_a_notebook_is_found(way):
    one = reading()
    found = scan_bytes("run.ipynb", HIDDEN[way], [Known(one.dataset, one.frame)])
    assert found.notices.of("error")
