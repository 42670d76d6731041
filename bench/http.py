from bench.table import Row


async def small_field(url, key) -> list[Row]:
    return []


async def many_clients(url, key, query, variables, seconds) -> list[Row]:
    return []
