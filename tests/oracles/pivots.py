"""How long MSTICPy takes for three pivots over a table: pivots.py ROWS prints seconds.

The kind of each address, the parts of each name, and the observables in each command line, each joined to the rows.
"""

import sys
import time
import warnings

import pandas as pd

warnings.simplefilter("ignore")


def main() -> None:
    count = int(sys.argv[1])
    import msticpy.transform  # noqa: F401
    from msticpy.context.domain_utils import dns_components
    from msticpy.context.ip_utils import get_ip_type
    from msticpy.init.pivot_core.pivot_register import PivotRegistration, create_pivot_func
    from msticpy.transform import iocextract

    def pivot(function, **facts):
        registration = PivotRegistration(func_new_name=None, can_iterate=True, **facts)
        return create_pivot_func(function, registration)

    ip_type = pivot(
        get_ip_type, src_module="x", input_type="value", entity_map={"IpAddress": "Address"},
        func_input_value_arg="ip", func_out_column_name="ip",
    )
    parts = pivot(
        dns_components, src_module="x", input_type="value", entity_map={"Dns": "DomainName"},
        func_input_value_arg="domain", func_out_column_name="domain",
    )
    extractor = iocextract.IoCExtract()
    iocs = pivot(
        extractor.extract_df, src_module="x", input_type="dataframe", entity_map={"Process": "CommandLine"},
        func_df_param_name="data", func_df_col_param_name="columns", func_out_column_name="Input",
    )
    table = pd.DataFrame(
        {
            "n": range(count),
            "address": [f"20.{n % 5}.{n // 250 % 250}.{1 + n % 250}" for n in range(count)],
            "name": [f"h{n % 5000}.example{n % 50}.co.uk" for n in range(count)],
            "line": [f"curl http://h{n % 5000}.example.com/a -o c:\\t\\{n % 100}.exe 198.51.100.{n % 250}" for n in range(count)],
        }
    )
    dns_components("a.example.com")  # reads the list of suffixes
    started = time.perf_counter()
    one = ip_type(data=table, column="address", join="left")
    two = parts(data=one, column="name", join="left")
    three = iocs(data=two, column="line", join="left")
    took = time.perf_counter() - started
    if len(three) < count:
        raise SystemExit(f"{len(three)} rows of {count}")
    print(took)


if __name__ == "__main__":
    main()
