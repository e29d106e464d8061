import RoostCore

/// I10: everything that can grow has a limit, and stays below it.
extension Simulation {
    mutating func checkDatagramLimit(_ bytes: Int, from node: Int) {
        check(bytes, limit: Limits.gossipDatagramBytesMax, "bytes in a datagram of n\(node)")
    }

    mutating func checkFrameLimit(_ bytes: Int, from node: Int) {
        check(bytes, limit: Limits.peerFrameBytesMax, "bytes in a frame of n\(node)")
    }

    mutating func checkLinkLimit(_ bytes: Int, from node: Int) {
        check(bytes, limit: Limits.peerOutboundBytesMax, "bytes waiting in a link of n\(node)")
    }

    /// A client never gets more unacknowledged messages than it asked for.
    mutating func checkWindow(of person: Int) {
        let window = people[person].window == 0 ? Limits.windowDefault : people[person].window
        check(people[person].inFlight, limit: window, "messages on their way to \(people[person].name)")
    }

    private mutating func check(_ value: Int, limit: Int, _ what: String) {
        if value > limit { violate(.limits, "\(value) \(what), at most \(limit) are allowed") }
    }
}
