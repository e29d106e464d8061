import RoostCore

/// Messages that end: what no device has stored by then is dropped, and the word that it has ended stands in its place under its
/// number. So streams stay dense, and merging two replicas' views does not depend on their clocks.
extension Mailbox {
    /// One that is to end now.
    public struct Ending: Equatable, Sendable {
        /// The stream.
        public let key: StreamKey
        /// Who sent it.
        public let sender: Address
        /// It.
        public let message: PendingMessage
    }

    /// Some of what is due and on disk.
    /// - Parameters:
    ///   - wallMilliseconds: the time.
    ///   - limit: how many at most.
    /// - Returns: those, and when something else will be due, or is.
    public func endings(wallMilliseconds: UInt64, limit: Int) -> (due: [Ending], next: MessageEnd?) {
        var due: [Ending] = []
        var next: MessageEnd?
        for key in streams.keys.sorted() {
            guard let stream = streams[key] else { continue }
            for message in stream.pending where message.end.isAhead {
                if message.end.isDue(wallMilliseconds: wallMilliseconds), message.location != nil, due.count < limit {
                    due.append(Ending(key: key, sender: stream.sender, message: message))
                } else {
                    next = min(next ?? message.end, message.end)
                }
            }
        }
        return (due, next)
    }

    /// The log has the word at `location` that a message has ended, or has it there again.
    /// - Returns: whether the message is still held, so that the word is of use.
    public mutating func end(
        _ key: StreamKey, number: StreamNumber, bodyBytes: Int, location: LogLocation, freed: inout FreedSpace
    ) -> Bool {
        var dropped: Int?
        var isSettled = false
        modifyStream(key) { stream in
            let index = stream.position(of: number)
            guard index < stream.pending.count, stream.pending[index].number == number else { return }
            let old = stream.pending[index]
            freed.add(old)
            dropped = Int(old.bodyBytes) - bodyBytes
            isSettled = number <= stream.settledUpTo
            stream.pending[index].bodyBytes = UInt32(bodyBytes)
            stream.pending[index].end = .passed
            stream.pending[index].location = location
            stream.pending[index].isShared = false
        }
        guard let dropped else { return false }
        heldBytes -= dropped
        if isSettled { settledBytes -= dropped }
        return true
    }
}
