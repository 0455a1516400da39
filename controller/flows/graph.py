"""A flow as a graph: where its exits lead, what can be reached, and what goes round in circles. Knows nothing of calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from controller.flows.document import Document, Ref, references
from controller.flows.registry import FAILED, Family, Node, Undrawn


class Graph:
    """A document's nodes (those that can be read) and where their exits lead."""

    def __init__(self, document: Document, nodes: Mapping[str, Node]) -> None:
        self.document = document
        self.nodes = nodes
        self._targets: dict[str, set[str]] = {id: set() for id in document.nodes}
        self._ends: set[str] = set()
        self._falls: set[str] = set()
        self._worked: dict[str, set[str]] = {id: set() for id in document.nodes}
        self.references: dict[str, list[tuple[tuple[str | int, ...], Ref[Any]]]] = {}
        """What each node refers to, as `document.references` gives it."""
        for id, node in nodes.items():
            self._follow(id, node)
            self.references[id] = list(references(node))

    def _follow(self, id: str, node: Node) -> None:
        drawn = self.document.edges.get(id, {})
        exits = node.exits()
        if not exits:
            self._ends.add(id)
        for exit_ in exits:
            target = drawn.get(exit_.name)
            if target not in self.document.nodes:
                target = None
                if exit_.undrawn is Undrawn.HANG_UP:
                    self._ends.add(id)
                elif exit_.undrawn is Undrawn.CATCH_ALL:
                    self._falls.add(id)
                    target = self.document.catch_all if self.document.catch_all in self.document.nodes else None
            if target is not None:
                self._targets[id].add(target)
                if exit_.name != FAILED:
                    self._worked[id].add(target)

    def targets(self, id: str) -> set[str]:
        """Where calls may go from a node as long as nothing fails in it."""
        return self._worked[id]

    def ends(self, id: str) -> bool:
        """Whether calls may end in this node."""
        return id in self._ends

    def falls_to_catch_all(self, id: str) -> bool:
        """Whether calls may go from this node to the catch-all."""
        return id in self._falls

    def waits(self, id: str) -> bool:
        """Whether the caller may press or speak there."""
        return id in self.nodes and self.nodes[id].waits_for_caller

    def connects(self, id: str) -> bool:
        """Whether it brings the caller to people."""
        return id in self.nodes and self.nodes[id].family is Family.CONNECT

    @functools.cached_property
    def reachable(self) -> set[str]:
        """Nodes that a call may come to; the catch-all is one as soon as anything falls to it."""
        start = self.document.start
        return self._closure({start} if start in self.document.nodes else set(), self._targets)

    def ahead(self, start: str | None, stop: Callable[[str], bool]) -> set[str]:
        """Nodes that a call may come to from `start` on, it included, without going on behind those that `stop`."""
        if start not in self.document.nodes:
            return set()
        targets = {id: set() if stop(id) else self._worked[id] for id in self.document.nodes}
        return self._closure({start}, targets)

    @functools.cached_property
    def leading_out(self) -> set[str]:
        """Nodes from which a call may come to an end, or to people."""
        behind: dict[str, set[str]] = {id: set() for id in self.document.nodes}
        for id, targets in self._worked.items():
            for target in targets:
                behind[target].add(id)
        unread = self.document.nodes.keys() - self.nodes.keys()  # whatever such a node is, it is not the loop's fault
        return self._closure(self._ends | unread | {id for id in self.nodes if self.connects(id)}, behind)

    @staticmethod
    def _closure(begin: set[str], targets: Mapping[str, set[str]]) -> set[str]:
        found = set(begin)
        ahead = list(begin)
        while ahead:
            for target in targets[ahead.pop()]:
                if target not in found:
                    found.add(target)
                    ahead.append(target)
        return found

    def loops(self, among: Callable[[str], bool]) -> list[list[str]]:
        """Groups of nodes each of which may be come to again from every other of its group, going only over nodes for
        which `among` holds. (Strongly connected components: Tarjan 1972, without recursion.)"""
        index: dict[str, int] = {}
        low: dict[str, int] = {}
        stack: list[str] = []
        on_stack: set[str] = set()
        found: list[list[str]] = []
        inside = {id for id in self.nodes if among(id)}
        for root in self.nodes:
            if root not in inside or root in index:
                continue
            work = [(root, iter(sorted(self._worked[root] & inside)))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                id, targets = work[-1]
                for target in targets:
                    if target not in index:
                        index[target] = low[target] = len(index)
                        stack.append(target)
                        on_stack.add(target)
                        work.append((target, iter(sorted(self._worked[target] & inside))))
                        break
                    if target in on_stack:
                        low[id] = min(low[id], index[target])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[id])
                    if low[id] == index[id]:
                        group = []
                        while True:
                            top = stack.pop()
                            on_stack.discard(top)
                            group.append(top)
                            if top == id:
                                break
                        if len(group) > 1 or id in self._worked[id]:
                            found.append(group[::-1])
        return found
