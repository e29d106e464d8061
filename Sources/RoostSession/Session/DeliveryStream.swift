import RoostCore

/// One stream on its way to the client, as its gateway knows it during one connection.
struct DeliveryStream: Equatable, Sendable {
    /// Who sends it.
    let sender: Address
    /// The highest number given to the client, now or in an earlier connection; the next one released is one more.
    var released: StreamNumber
    /// The highest number the client has acknowledged.
    var acknowledged: StreamNumber
    /// The highest number that some replica is known to hold.
    var known: StreamNumber

    /// Whether a message is the next to be released: its predecessor was, or is lost with all that comes before it.
    func isNext(_ message: ServerFrame.Message) -> Bool {
        message.number == released + 1
            || message.number > released && message.lostFrom > 0 && message.lostFrom <= released + 1
    }

    /// What the client was given before owners told that the stream is stored beyond it: it is on its way still, and takes room until
    /// the client has acknowledged the last of it.
    private(set) var underway: (messages: Int, upTo: StreamNumber) = (0, 0)

    init(sender: Address, released: StreamNumber, acknowledged: StreamNumber, known: StreamNumber) {
        self.sender = sender
        self.released = released
        self.acknowledged = acknowledged
        self.known = known
    }

    /// Given to the client and not acknowledged by it.
    var outstanding: Int {
        Int(released - acknowledged) + underway.messages
    }

    /// Owners tell that the device has stored the stream up to here, or that what is below is not for it.
    mutating func pass(upTo watermark: StreamNumber) {
        if released > acknowledged { underway = (outstanding, released) }
        released = watermark
        acknowledged = watermark
    }

    /// The client has acknowledged what it was given. False when the owners know that already.
    mutating func acknowledge(upTo number: StreamNumber) -> Bool {
        if number >= underway.upTo { underway = (0, 0) }
        guard number > acknowledged else { return false }
        acknowledged = number
        return true
    }

    static func == (left: DeliveryStream, right: DeliveryStream) -> Bool {
        left.sender == right.sender && left.released == right.released && left.acknowledged == right.acknowledged
            && left.known == right.known && left.underway == right.underway
    }
}
