/// Which segment to empty next. Pure: it knows no clock, a segment's age is how many have been begun since.
///
/// Whole-dead segments come first, for they cost nothing. Then, while too much of the log is dead, the segment with the
/// best ratio of what is gained to what it costs: `(1 − u) · age / (1 + u)` with u the live share (Rosenblum and
/// Ousterhout, "The design and implementation of a log-structured file system", SOSP 1991, section 3.6): reading costs 1,
/// writing back what is live u, and what is gained, 1 − u, lasts the longer the older the rest is.
public struct CleanerPolicy: Equatable, Sendable {
    /// How much of a segment is in use.
    public struct Usage: Equatable, Sendable {
        /// The segment's number.
        public var segment: UInt32
        /// What its records count for.
        public var accountedBytes: Int
        /// What of it was reported dead.
        public var deadBytes: Int

        /// Makes an entry.
        public init(segment: UInt32, accountedBytes: Int, deadBytes: Int) {
            self.segment = segment
            self.accountedBytes = accountedBytes
            self.deadBytes = deadBytes
        }

        /// What counts as live. Reports are estimates: it never falls below nothing.
        public var liveBytes: Int { max(accountedBytes - deadBytes, 0) }

        /// The live share, 0 to 1; 0 for a segment without records.
        public var utilisation: Double { accountedBytes > 0 ? Double(liveBytes) / Double(accountedBytes) : 0 }
    }

    /// Segments are emptied by copying while more of the log than the rest of this is dead.
    public var utilisationMax: Double
    /// A segment fuller than this is never copied: it would gain too little.
    public var victimUtilisationMax: Double
    /// Segments' worth of disk kept back, so that cleaning and acknowledgements go on when the disk is full.
    public var reservedSegments: Int

    /// Makes a policy; the design's figures by default.
    public init(utilisationMax: Double = 0.70, victimUtilisationMax: Double = 0.95, reservedSegments: Int = 3) {
        self.utilisationMax = utilisationMax
        self.victimUtilisationMax = victimUtilisationMax
        self.reservedSegments = reservedSegments
    }

    /// The segment to empty next; `nil` when that is worth nothing now.
    /// - Parameters:
    ///   - segments: the sealed segments that may be emptied, in any order.
    ///   - newest: the number of the segment being written.
    ///   - isSpaceShort: the disk is nearly full: gain what can be gained.
    /// - Returns: the segment's number.
    public func victim(among segments: [Usage], newest: UInt32, isSpaceShort: Bool) -> UInt32? {
        if let dead = segments.filter({ $0.liveBytes == 0 }).map(\.segment).min() { return dead }
        let total = segments.reduce(0) { $0 + $1.accountedBytes }
        let live = segments.reduce(0) { $0 + $1.liveBytes }
        guard isSpaceShort || Double(live) < Double(total) * utilisationMax else { return nil }
        let worthwhile = segments.filter { $0.utilisation <= victimUtilisationMax }
        let best = worthwhile.max { left, right in
            let (leftGain, rightGain) = (gain(of: left, newest: newest), gain(of: right, newest: newest))
            return leftGain == rightGain ? left.segment > right.segment : leftGain < rightGain
        }
        return best?.segment
    }

    private func gain(of usage: Usage, newest: UInt32) -> Double {
        let age = Double(newest > usage.segment ? newest - usage.segment : 1)
        return (1 - usage.utilisation) * age / (1 + usage.utilisation)
    }
}
