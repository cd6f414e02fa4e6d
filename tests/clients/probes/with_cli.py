"""DuckDB's command line program, driven through its standard input. Arguments: the program, the file."""

import json
import subprocess
import sys
from decimal import Decimal

from probe import FIGURE, TABLES, WRITE, run

DECLARED = {
    "VARCHAR": "text",
    "BIGINT": "integer",
    "DOUBLE": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}


class CommandLine:
    def __init__(self, path: str) -> None:
        self.program = subprocess.Popen(
            [sys.argv[1], "-readonly", "-json", path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _rows(self, query: str) -> list[dict]:
        end = "select 'end of answer' as marker;"
        self.program.stdin.write(f"{query};\n{end}\n")
        self.program.stdin.flush()
        answer = ""
        while (line := self.program.stdout.readline()) != '[{"marker":"end of answer"}]\n':
            if not line:
                raise RuntimeError(f"the program ended: {answer}")
            answer += line
        if answer and not answer.startswith("["):
            raise RuntimeError(answer)
        return json.loads(answer or "[]")

    def tables(self):
        return [(row["schema_name"], row["table_name"]) for row in self._rows(TABLES)]

    def columns(self, schema, table):
        types = {row["column_name"]: row["column_type"] for row in self._rows(f"describe {schema}.{table}")}
        rows = self._rows(f"select * from {schema}.{table}")
        return len(rows), {
            name: {"decimal" if declared.startswith("DECIMAL") else DECLARED.get(declared, declared)}
            for name, declared in types.items()
        }

    def figure(self) -> str:
        return str(sum((Decimal(row["net_revenue_cny"]) for row in self._rows(FIGURE)), Decimal(0)))

    def write(self) -> None:
        self._rows(WRITE)

    def close(self) -> None:
        self.program.stdin.close()
        self.program.wait()


run(CommandLine)
