import RoostCore

/// One stream of the client's, as its gateway knows it during one connection.
///
/// At most one batch is under way: what arrives meanwhile joins the next. So a number can only become `sent` when all
/// before it are, and no majority ever holds a number whose predecessor no majority held.
struct OutboundStream: Equatable, Sendable {
    /// How far the gateway has got with the stream.
    enum State: Equatable, Sendable {
        /// Asked a majority how far the stream has got. Can become `idle`; on failure the stream is forgotten.
        case opening
        /// Nothing under way. Can become `sending`.
        case idle
        /// One batch under way, of so many messages and bytes up to this number. Can become `idle`; on failure the
        /// stream is forgotten.
        case sending(upTo: StreamNumber, messages: Int, bytes: Int)
    }

    var state = State.opening
    /// The highest number taken from the client on this connection; 0 before the first.
    var taken: StreamNumber = 0
    /// The highest number a majority may hold: known when the stream has been opened.
    var top: StreamNumber = 0
    /// Taken, not under way.
    var waiting: [OutboundMessage] = []
    var waitingBytes = 0

    /// Takes the next batch out of what waits; empty when nothing does.
    mutating func nextBatch() -> [OutboundMessage] {
        var count = 0
        var bytes = 0
        while count < waiting.count, count < Limits.batchMessagesMax {
            bytes += waiting[count].body.count
            if count > 0, bytes > Limits.batchBytesMax { break }
            // Numbers of one batch are dense: a repeated one begins the next batch.
            if count > 0, waiting[count].number != waiting[count - 1].number + 1 { break }
            count += 1
        }
        guard count < waiting.count else {
            defer { waiting.removeAll(keepingCapacity: true) }
            waitingBytes = 0
            return waiting
        }
        let batch = Array(waiting[..<count])
        waiting.removeFirst(count)
        waitingBytes -= batch.reduce(0) { $0 + $1.body.count }
        return batch
    }
}
