"""Python's standard library in two processes. Argument: the folder."""
import gzip
import json
import sys
from calendar import timegm
from collections import defaultdict
from multiprocessing import Pool
from pathlib import Path
from time import strptime


def matched_calls(path):
    found = set()
    with gzip.open(path) as file:
        records = json.load(file)["Records"]
    for record in records:
        if record["eventSource"] != "ec2.amazonaws.com" or record["eventName"] != "DescribeInstances":
            continue
        identity = record["userIdentity"]
        actor = identity.get("arn", identity.get("principalId"))
        if actor is not None:
            second = timegm(strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ"))
            found.add((second // 30 * 30, actor, record["awsRegion"]))
    return found


if __name__ == "__main__":
    regions = defaultdict(set)
    with Pool(2) as pool:
        for found in pool.imap_unordered(matched_calls, Path(sys.argv[1]).rglob("*.json.gz"), chunksize=16):
            for window, actor, region in found:
                regions[window, actor].add(region)
    detections = [
        {"windowStart": window, "actor": actor, "regions": len(seen)}
        for (window, actor), seen in regions.items()
        if len(seen) >= 10
    ]
    print(json.dumps(detections))
