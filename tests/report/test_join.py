"""The page's modules are joined into one script: what is imported comes first, and mistakes are refused."""

import pytest

from jrtune.report.page.join import JoinError, join

SVG = 'export function line(x) {\n  return x + hidden;\n}\nconst hidden = "!";\n'


def joined(**sources):
    return join(sources, "page")


def test_what_is_imported_comes_before_and_what_is_not_needed_is_left_out():
    script = joined(
        page='import { bars } from "./bars.js";\nimport { line } from "./svg.js";\nbars(line("a"));\n',
        bars='import {\n  line,\n} from "./svg.js";\nexport const bars = (x) => line(x);\n',
        svg=SVG,
        other="export const other = 1;\n",
    )
    assert script.index("modules.svg =") < script.index("modules.bars =") < script.index("modules.page =")
    assert "modules.other" not in script
    assert "import" not in script
    assert "export" not in script


def test_modules_with_equal_names_do_not_clash(browser):
    script = joined(
        page='import { line as one } from "./svg.js";\nimport { line } from "./bars.js";\n'
        "document.title = one(1) + line(2);\n",
        bars='const hidden = "?";\nexport const line = (x) => x + hidden;\n',
        svg=SVG,
    )
    page = browser.new_page()
    page.set_content("<title>none</title>")
    page.add_script_tag(content=script)
    assert page.title() == "1!2?"
    page.close()


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ('import { line } from "./svgs.js";', "page.js imports from ./svgs.js, which is no module"),
        ('import { lines, line } from "./svg.js";', "page.js imports lines, which ./svg.js does not export"),
        ('import { hidden } from "./svg.js";', "page.js imports hidden, which"),
        ('import { loop } from "./loop.js";\nexport const page = 1;', "in a circle: page <- loop <- page"),
        ('import * as svg from "./svg.js";', r"'import \* as svg .*' is not understood"),
        ("export default 1;", "'export default 1;' is not understood"),
        ("export let a = 1;", "'export let a = 1;' is not understood"),
    ],
)
def test_what_cannot_be_joined_is_refused(page, message):
    loop = 'import { page } from "./page.js";\nexport const loop = page;\n'
    with pytest.raises(JoinError, match=message):
        joined(page=page, svg=SVG, loop=loop)
