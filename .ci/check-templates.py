"""Compares the expected texts of the template tests with Jinja2; an optional check beside the tests, which need no Python.

  python3 .ci/check-templates.py            renders every template and snippet with the installed jinja2 and compares
  python3 .ci/check-templates.py --write    writes the expected texts anew

Data, in decoder/src/test/resources/dev/dllm4j/decoder/template: families/*.jinja are chat templates, conversations.json
what they are rendered with, rendered.json what comes of it; snippets.json holds small templates with their texts. An
expected text is {"refused": message} where raise_exception was called and {"fails": error} where Jinja2 fails.
"""

import datetime
import json
import pathlib
import sys

try:
    import jinja2
    import jinja2.ext
    import jinja2.nodes
    import jinja2.sandbox
except ImportError as missing:
    sys.exit(print(f"jinja2 is not installed ({missing}): not checked here; the Java tests hold the same texts"))

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "decoder/src/test/resources/dev/dllm4j/decoder/template"
NOW = datetime.datetime(2026, 3, 7, 14, 5, 9)


class Refusal(jinja2.TemplateError):
    pass


class Generation(jinja2.ext.Extension):
    """The tag {% generation %}, whose text is the assistant's; it is a block that calls its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_support"), [], [], body).set_lineno(line)

    @jinja2.pass_eval_context
    def _support(self, context, caller):
        return caller()


def environment():
    """As transformers makes it."""
    made = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"])

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise Refusal(message)

    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = NOW.strftime
    return made


ENVIRONMENT = environment()


def render(template, variables):
    try:
        return ENVIRONMENT.from_string(template).render(**variables)
    except Refusal as refusal:
        return {"refused": str(refusal)}
    except Exception as failure:  # whatever Python raises is a failure of the template
        return {"fails": type(failure).__name__}


def read(name):
    return json.loads((DATA / name).read_text("utf-8"))


def write(name, value):
    (DATA / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def families():
    conversations = read("conversations.json")
    expected = {}
    for file in sorted((DATA / "families").glob("*.jinja")):
        template = file.read_text("utf-8")
        expected[file.stem] = {}
        for name, own in conversations["conversations"].items():
            for prompt in (True, False):
                variables = {"tools": None, "documents": None, **conversations["tokens"], **own}
                variables["add_generation_prompt"] = prompt
                expected[file.stem][f"{name}, {'prompt' if prompt else 'no prompt'}"] = render(template, variables)
    return expected


def snippets():
    data = read("snippets.json")
    return {
        "variables": data["variables"],
        "snippets": [
            {"template": each["template"], "rendered": render(each["template"], data["variables"])}
            for each in data["snippets"]
        ],
    }


def main():
    made = {"rendered.json": families(), "snippets.json": snippets()}
    if "--write" in sys.argv:
        for name, value in made.items():
            write(name, value)
        return
    wrong = [name for name, value in made.items() if read(name) != value]
    if wrong:
        sys.exit(f"not what jinja2 {jinja2.__version__} renders: {', '.join(wrong)}; see --write")
    texts = sum(len(each) for each in made["rendered.json"].values())
    print(f"{texts} texts of {len(made['rendered.json'])} templates and {len(made['snippets.json']['snippets'])} snippets"
          f" are what jinja2 {jinja2.__version__} renders")


main()
