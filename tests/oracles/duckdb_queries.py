"""DuckDB on a folder of Parquet: duckdb_queries.py FOLDER THREADS BYTES answers a question a line, in SQL or in KQL.

A question is {"language", "query"}, an answer {"seconds", "rows", "sum"}: the sum of all whole numbers of it.
"""

import json
import sys
import time

import duckdb
import duckdb_kql

EVENTS = "read_parquet('{0}/SecurityEvent/*.parquet')"


def connection(folder: str, threads: str, memory: str):
    con = duckdb_kql.connect()
    con.execute(f"SET threads = {threads}; SET memory_limit = '{memory}B'; SET TimeZone = 'UTC'")
    events = EVENTS.format(folder)
    con.execute(f"CREATE VIEW events AS SELECT * FROM {events}")
    con.execute(f"CREATE VIEW SecurityEvent AS SELECT * REPLACE (Detail::JSON AS Detail) FROM {events}")
    con.execute(f"CREATE VIEW Hosts AS SELECT * FROM read_parquet('{folder}/Hosts/*.parquet')")
    return con


def whole_number(value):
    """The whole number of a cell; truth values are none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def answer(con, question: dict) -> dict:
    started = time.perf_counter()
    try:
        if question["language"] == "kql":
            rows = duckdb_kql.kql(con, question["query"]).fetchall()
        else:
            rows = con.execute(question["query"]).fetchall()
    except Exception as error:
        if question["language"] == "sql":
            raise
        print(error, file=sys.stderr)
        return {}
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "rows": len(rows), "sum": sum(whole_number(cell) for row in rows for cell in row)}


def main() -> None:
    con = connection(*sys.argv[1:4])
    for line in sys.stdin:
        print(json.dumps(answer(con, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
