import { addDays, format, differenceInCalendarDays, parseISO } from "date-fns";
const day = parseISO("2026-02-27T12:00:00");
console.log(format(addDays(day, 3), "yyyy-MM-dd EEEE"), differenceInCalendarDays(addDays(day, 40), day));
