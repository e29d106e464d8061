/// What one loop of `mixed` has counted.
struct TownCounts: Codable, Sendable {
    /// Messages written to one person, to a small and to a large group.
    var toPeople = 0
    var toSmallCircles = 0
    var toLargeCircles = 0
    /// Messages that got `sent`.
    var sent = 0
    /// Messages that came to somebody.
    var received = 0
    /// Of the messages to one person, those that a device of the reader has stored, and those that it has seen.
    var deliveredTicks = 0
    var readTicks = 0
    var typed = 0
    var typingSeen = 0
    var presenceSeen = 0
    var departures = 0
    var disconnects = 0
    /// What came twice, out of order, or was not what anybody had written.
    var duplicates = 0
    var misordered = 0
    var damaged = 0
    /// Messages of an earlier run.
    var stale = 0
    var refusals: [String: Int] = [:]

    var written: Int { toPeople + toSmallCircles + toLargeCircles }

    mutating func add(_ other: TownCounts) {
        toPeople += other.toPeople
        toSmallCircles += other.toSmallCircles
        toLargeCircles += other.toLargeCircles
        sent += other.sent
        received += other.received
        deliveredTicks += other.deliveredTicks
        readTicks += other.readTicks
        typed += other.typed
        typingSeen += other.typingSeen
        presenceSeen += other.presenceSeen
        departures += other.departures
        disconnects += other.disconnects
        duplicates += other.duplicates
        misordered += other.misordered
        damaged += other.damaged
        stale += other.stale
        refusals.merge(other.refusals, uniquingKeysWith: +)
    }
}
