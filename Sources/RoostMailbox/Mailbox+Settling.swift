import RoostCore

/// What every device that is known has stored is *settled*: nobody waits for it, and it is not counted any more. It is still held, for
/// a replica may not have heard of a device. Whoever drives the mailbox asks the other owners whether the account is still the one it
/// goes by; what was settled before it asked then goes.
extension Mailbox {
    /// How far a stream is gone.
    public struct Floor: Equatable, Sendable {
        /// The stream.
        public let key: StreamKey
        /// Who sends it.
        public let sender: Address
        /// Everything up to here.
        public let upTo: StreamNumber

        /// Makes a floor.
        public init(key: StreamKey, sender: Address, upTo: StreamNumber) {
            self.key = key
            self.sender = sender
            self.upTo = upTo
        }
    }

    /// Whether something is settled about which nobody has been asked.
    public var isSettling: Bool { !settling.isEmpty }

    /// The others are asked about what is settled now.
    public mutating func ask() {
        for key in settling {
            modifyStream(key) { $0.isSettling = false }
            if let upTo = streams[key]?.settledUpTo { asked.append((key, upTo)) }
        }
        settling = []
    }

    /// The others did not confirm it, or not in time.
    public mutating func askAgain() {
        for (key, _) in asked { wantAsked(key) }
        asked = []
    }

    /// The others have confirmed that the account is the one this mailbox goes by: what was settled when they were asked goes, but
    /// for what a device waits for that has come since.
    /// - Returns: how far streams are gone now, which is to be logged: without that word a later life would wait for what is gone.
    public mutating func confirmed(freed: inout FreedSpace) -> [Floor] {
        var floors: [Floor] = []
        for (key, upTo) in asked {
            guard let (sender, settled) = streams[key].map({ ($0.sender, $0.settledUpTo) }) else { continue }
            let upTo = min(upTo, settled)
            if acknowledge(key, from: sender, device: InboundStream.everybody, upTo: upTo, freed: &freed) {
                floors.append(Floor(key: key, sender: sender, upTo: upTo))
            }
            wantAsked(key)
        }
        asked = []
        return floors
    }

    private mutating func wantAsked(_ key: StreamKey) {
        var isNews = false
        modifyStream(key) { isNews = $0.wantsAsking() }
        if isNews { settling.append(key) }
    }
}
