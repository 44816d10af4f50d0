import { of, from, interval, lastValueFrom, map, take, toArray, mergeMap, filter } from "rxjs";
console.log(JSON.stringify(await lastValueFrom(from([1, 2, 3, 4]).pipe(filter((n) => n % 2), mergeMap((n) => of(n, n * 10)), toArray()))));
console.log(await lastValueFrom(interval(2).pipe(take(3), map((n) => n + 1))));
