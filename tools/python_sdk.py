"""Read an unpacked release of the official Python SDK as text: operations with parameters, and object field trees.

Only names, types and structure are taken. Works for 8.0.0 and later; nothing of the SDK is imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tools.times import is_time
from tools.tree import Node

SCALARS = {
    "str": "s", "int": "i", "bool": "b", "float": "f", "Decimal": "d", "Any": "*", "object": "*", "StripeObject": "*",
    "UntypedStripeObject": "*", "datetime": "s",
}  # fmt: skip
VERBS = frozenset({"get", "post", "delete"})


class RawOperation(msgspec.Struct, frozen=True):
    """An operation as the SDK writes it. `returns` are the object types of the answer."""

    method: str
    template: str
    params: dict[str, Node]
    returns: tuple[str, ...]
    shape: str


class Module:
    """A source file: its classes, those nested in them under dotted names, and what it imports."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name = name
        self.classes: dict[str, ast.ClassDef] = {}
        self.typed_dicts: dict[str, ast.Dict] = {}
        self.imports: dict[str, tuple[str, str]] = {}
        self._collect(tree.body, "")
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                self.imports |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}

    def _collect(self, body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                self.classes[prefix + node.name] = node
                self._collect(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and len(node.value.args) > 1:
                target, fields = node.targets[0], node.value.args[1]
                if isinstance(target, ast.Name) and isinstance(fields, ast.Dict):
                    self.typed_dicts[prefix + target.id] = fields


class Release:
    """One release, read into memory."""

    def __init__(self, root: Path) -> None:
        self.modules: dict[str, Module] = {}
        for path in sorted((root / "stripe").rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            self.modules[name] = Module(name, ast.parse(path.read_text(encoding="utf-8")))
        self.version = str(_constant(self.modules["stripe._api_version"].classes["_ApiVersion"], "CURRENT"))
        self.resources: dict[tuple[str, str], str] = {}
        for module in self.modules.values():
            for name, node in module.classes.items():
                value = _constant(node, "OBJECT_NAME")
                if isinstance(value, str) and ".events." not in module.name:
                    self.resources[module.name, name] = value
        self._by_class = {name: value for (_, name), value in reversed(self.resources.items())}
        self._param_cache: dict[tuple[str, str], dict[str, Node]] = {}

    # --- answers

    def objects(self) -> dict[str, dict[str, Node]]:
        """The field tree of every object type."""
        trees: dict[str, dict[str, Node]] = {}
        for (module, name), kind in self.resources.items():
            tree = self._fields(self.modules[module], name)
            if len(tree) >= len(trees.get(kind, {})):
                trees[kind] = tree
        return trees

    def _fields(self, module: Module, name: str) -> dict[str, Node]:
        tree: dict[str, Node] = {}
        renamed = _remappings(module.classes[name])
        for statement in module.classes[name].body:
            if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
                continue
            field = statement.target.id
            if field.startswith("_") or field == "OBJECT_NAME" or "ClassVar" in ast.unparse(statement.annotation):
                continue
            wire = renamed.get(field, field)
            tree[wire] = _timed(self._field(module, name, statement.annotation), wire)
        return tree

    def _field(self, module: Module, scope: str, node: ast.expr) -> Node:
        node = _unquoted(node)
        if isinstance(node, ast.Subscript):
            return self._generic_field(module, scope, ast.unparse(node.value), _arguments(node))
        name = ast.unparse(node)
        if name in SCALARS:
            return Node(SCALARS[name])
        if f"{scope}.{name}" in module.classes:
            return Node("h", children=self._fields(module, f"{scope}.{name}"))
        kind = self._resource(module, name)
        if kind:
            return Node("r", target=kind)
        return self._foreign(module, name)

    def _generic_field(self, module: Module, scope: str, head: str, arguments: list[ast.expr]) -> Node:
        if head == "Literal":
            return Node("e", choices=_literals(arguments))
        inner = [self._field(module, scope, argument) for argument in arguments]
        if head == "Optional":
            return msgspec.structs.replace(inner[0], flags="~?")
        if head == "List":
            return Node("l", item=inner[0])
        if head in ("Dict", "UntypedStripeObject"):
            return Node("m", item=inner[-1])
        if head == "ExpandableField":
            return Node("x", target=inner[0].target) if inner[0].target else inner[0]
        if head == "ListObject":
            return Node("L", target=inner[0].target)
        if head == "Union" and inner[0].code == "e":
            return Node("E", choices=inner[0].choices)
        if head == "Union":
            return Node("r", target="|".join(sorted({each.target for each in inner if each.target})))
        return Node("*")

    def _resource(self, module: Module, name: str) -> str | None:
        where = module.imports.get(name, (module.name, name))
        return self.resources.get(where) or self._by_class.get(where[1])

    def _foreign(self, module: Module, name: str) -> Node:
        """A helper class that lives in a module of its own."""
        where, original = module.imports.get(name, (module.name, name))
        owner = self.modules.get(where)
        if owner and original in owner.classes:
            return Node("h", children=self._fields(owner, original))
        return Node("*")

    # --- requests

    def operations(self) -> Iterator[RawOperation]:
        """Every operation that a service class sends."""
        for module in self.modules.values():
            if module.name.endswith("_service"):
                for name, service in module.classes.items():
                    for function in service.body:
                        if isinstance(function, ast.FunctionDef):
                            yield from self._operation(module, name, function)

    def _operation(self, module: Module, service: str, function: ast.FunctionDef) -> Iterator[RawOperation]:
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and len(call.args) > 1 and _text(call.args[0]) in VERBS:
                annotation = next((each.annotation for each in function.args.args if each.arg == "params"), None)
                params = self._params(module, annotation) if annotation else {}
                returns, shape = self._returns(module, function.returns)
                yield RawOperation(_text(call.args[0]).upper(), _path(call.args[1]), params, returns, shape)

    def _returns(self, module: Module, node: ast.expr | None) -> tuple[tuple[str, ...], str]:
        text = ast.unparse(_unquoted(node)) if node else ""
        head, _, _ = text.partition("[")
        shape = {"ListObject": "list", "SearchResultObject": "search"}.get(head, "object")
        names = [name for name in re.findall(r"[\w.]+", text) if name not in ("ListObject", "SearchResultObject", "Union")]
        return tuple(sorted({kind for name in names if (kind := self._resource(module, name))})), shape

    def _params(self, module: Module, node: ast.expr) -> dict[str, Node]:
        node = _unquoted(node)
        if isinstance(node, ast.Subscript):
            node = _unquoted(_arguments(node)[0])
        owner, name = self._typed_dict(module, ast.unparse(node))
        return self._typed(owner, name) if owner else {}

    def _typed_dict(self, module: Module, name: str) -> tuple[Module | None, str]:
        if name in module.classes:
            return module, name
        where, original = module.imports.get(name.split(".")[0], ("", ""))
        owner = self.modules.get(where)
        name = ".".join([original, *name.split(".")[1:]])
        return (owner, name) if owner and name in owner.classes else (None, name)

    def _typed(self, module: Module, name: str) -> dict[str, Node]:
        key = (module.name, name)
        if key not in self._param_cache:
            self._param_cache[key] = {}  # a class that names itself ends here
            self._param_cache[key] = dict(self._members(module, name))
        return self._param_cache[key]

    def _members(self, module: Module, name: str) -> Iterator[tuple[str, Node]]:
        node = module.classes[name]
        prefix = name.rpartition(".")[0]
        for base in node.bases:
            fields = module.typed_dicts.get(f"{prefix}.{ast.unparse(base)}".lstrip("."))
            for key, value in zip(fields.keys, fields.values, strict=True) if fields else ():
                yield _text(key), _timed(self._param(module, value), _text(key), name)
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                field = statement.target.id
                yield field, _timed(self._param(module, statement.annotation), field, name)

    def _param(self, module: Module, node: ast.expr) -> Node:
        """A member's type: required unless it says otherwise."""
        node = _unquoted(node)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "NotRequired":
            return self._param_type(module, _unquoted(_arguments(node)[0]))
        found = self._param_type(module, node)
        return msgspec.structs.replace(found, flags="!" + found.flags)

    def _param_type(self, module: Module, node: ast.expr) -> Node:
        options = [self._alternative(module, _unquoted(option)) for option in _union(node)]
        clears = any(option.code == "e" and option.choices == ("",) for option in options)
        return unite([option for option in options if option.choices != ("",)], "^" if clears else "")

    def _alternative(self, module: Module, node: ast.expr) -> Node:
        if isinstance(node, ast.Subscript):
            head, arguments = ast.unparse(node.value), _arguments(node)
            if head == "Literal":
                return Node("e", choices=_literals(arguments))
            if head in ("List", "Sequence"):
                return Node("l", item=self._param_type(module, _unquoted(arguments[0])))
            if head in ("Dict", "UntypedStripeObject", "Mapping"):
                return Node("m", item=self._param_type(module, _unquoted(arguments[-1])))
            if head in ("Union", "Optional"):
                return self._param_type(module, node)
            return Node("*")
        name = ast.unparse(node)
        if name in SCALARS:
            return Node(SCALARS[name])
        if name in ("None", "NoneType"):
            return Node("e", choices=("",))
        owner, found = self._typed_dict(module, name)
        return Node("h", children=self._typed(owner, found)) if owner else Node("*")


ORDER = "hlmtibfdeEs*"


def unite(options: list[Node], flags: str = "") -> Node:
    """One parameter type from the types it accepts: the structured one first, an enum that also takes text is open."""
    plain = {(option.code, option.item.code if option.item else "") for option in options}
    if ("s", "") in plain and ("e", "") in plain:
        options = [msgspec.structs.replace(o, code="E") if o.code == "e" else o for o in options if o.code != "s"]
    if ("m", "*") in plain and any(option.code in "mh" and not (option.code == "m" and option.item == Node("*")) for option in options):
        options = [option for option in options if not (option.code == "m" and option.item == Node("*"))]
    unique = list({msgspec.json.encode(option): option for option in options}.values())
    unique.sort(key=lambda option: ORDER.index(option.code))
    if not unique:
        return Node("*", flags)
    return msgspec.structs.replace(unique[0], flags=flags, alternatives=tuple(unique[1:]))


def _timed(node: Node, name: str, scope: str = "") -> Node:
    """The same node with integers that are times marked as such."""
    if node.code == "i" and is_time(name, scope):
        node = msgspec.structs.replace(node, code="t")
    others = tuple(_timed(other, name, scope) for other in node.alternatives)
    return msgspec.structs.replace(node, alternatives=others) if others else node


def _union(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_union(_unquoted(node.left)), *_union(_unquoted(node.right))]
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Union":
        return [each for argument in _arguments(node) for each in _union(_unquoted(argument))]
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Optional":
        return [*_union(_unquoted(_arguments(node)[0])), ast.Constant(None)]
    return [node]


def _unquoted(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ast.parse(node.value, mode="eval").body
    return node


def _arguments(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _literals(arguments: list[ast.expr]) -> tuple[str, ...]:
    return tuple(sorted({str(argument.value) for argument in arguments if isinstance(argument, ast.Constant)}))


def _constant(node: ast.ClassDef, name: str) -> object:
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        if isinstance(targets[0], ast.Name) and targets[0].id == name and isinstance(value, ast.Constant):
            return value.value
    return None


def _remappings(node: ast.ClassDef) -> dict[str, str]:
    """The wire names of fields that are reserved words: `in_` → `in`."""
    for statement in node.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "_field_remappings":
            return dict(ast.literal_eval(statement.value))
    return {}


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _path(node: ast.expr) -> str:
    """A path literal, with or without `.format(...)`."""
    return _text(node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else node)
