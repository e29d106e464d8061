import RoostSession

/// What one loop has counted since the start.
struct LoadCounters: Sendable {
    /// Messages written by senders, retries not counted.
    var written = 0
    /// Messages whose `delivered` came back to the sender.
    var confirmed = 0
    /// `receipt` frames that senders got; one may confirm many messages.
    var receipts = 0
    /// `sent` frames that senders got.
    var sents = 0
    /// Messages that receivers got for the first time.
    var delivered = 0
    /// Messages of an earlier run that were still pending.
    var stale = 0
    /// Messages that came again.
    var duplicates = 0
    /// Messages that came before one with a lower number.
    var misordered = 0
    /// Messages whose body was not the one that was sent.
    var corrupted = 0
    /// Connections that ended before the run.
    var disconnects = 0
    /// Messages that got `sent` or `delivered` and had not reached their receiver at the end.
    var lost = 0
    /// Messages whose receipt had not come back at the end.
    var unanswered = 0
    /// Messages that were due at the end and were not written, because too many were on their way.
    var overdue = 0
    /// Refusals by code.
    var errors: [ErrorCode: Int] = [:]
    /// Why connections ended.
    var endings: [String: Int] = [:]

    mutating func add(_ other: LoadCounters) {
        written += other.written
        confirmed += other.confirmed
        receipts += other.receipts
        sents += other.sents
        delivered += other.delivered
        stale += other.stale
        duplicates += other.duplicates
        misordered += other.misordered
        corrupted += other.corrupted
        disconnects += other.disconnects
        lost += other.lost
        unanswered += other.unanswered
        overdue += other.overdue
        errors.merge(other.errors, uniquingKeysWith: +)
        endings.merge(other.endings, uniquingKeysWith: +)
    }
}
