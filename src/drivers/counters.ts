/** What DriverStats tells, counted where it happens. One object that all parts of the driver share. */
export class Counters {
  inFlight = 0;
  openSockets = 0;
  polls = 0;
  completions = 0;
  syscalls = 0;
}
