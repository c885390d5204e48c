// Days of the week and months as people shorten them.

/** From Sunday, day 0 of a week. */
export const WEEKDAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** From January, which is month 1: the name of `month` is at `month - 1`. */
export const MONTH_NAMES = [
  ...["Jan", "Feb", "Mar", "Apr", "May", "Jun"] as const,
  ...["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const,
] as const;
