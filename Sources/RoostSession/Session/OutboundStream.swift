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
    /// The highest number that was said to be `sent` since the stream was opened.
    var sentUpTo: StreamNumber = 0
    /// The highest number taken from the client on this connection; 0 before the first.
    var taken: StreamNumber = 0
    /// The highest number that the owners may have heard of: what a majority told of when the stream was opened, and what
    /// went to them since. What is above it is new: if such a number turns out delivered before an owner has heard of
    /// it, it is this very message that was faster by another way. What is not above it and not marked as a retry may
    /// be a client that lost its place.
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
        let batch = waiting[..<count].map { message in
            OutboundMessage(
                number: message.number, body: message.body, isRetry: message.isRetry || message.number > top,
                sentAtMilliseconds: message.sentAtMilliseconds)
        }
        top = max(top, batch.last?.number ?? 0)
        waiting.removeFirst(count)
        waitingBytes -= batch.reduce(0) { $0 + $1.body.count }
        return batch
    }
}
