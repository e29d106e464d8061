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
    /// What the client was given before owners told that the stream is stored beyond it: it is on its way still, and takes room until
    /// the client has acknowledged the last of it.
    var underway = 0
    /// The last of that.
    var underwayUpTo: StreamNumber = 0

    /// Whether a message is the next to be released: its predecessor was, or is lost with all that comes before it.
    func isNext(_ message: ServerFrame.Message) -> Bool {
        message.number == released + 1
            || message.number > released && message.lostFrom > 0 && message.lostFrom <= released + 1
    }

    /// Given to the client and not acknowledged by it.
    var outstanding: Int {
        Int(released - acknowledged) + underway
    }

    /// Owners tell that the device has stored the stream up to here, or that what is below is not for it.
    mutating func pass(upTo watermark: StreamNumber) {
        if released > acknowledged { (underway, underwayUpTo) = (outstanding, released) }
        released = watermark
        acknowledged = watermark
    }

    /// The client has acknowledged what it was given. False when the owners know that already.
    mutating func acknowledge(upTo number: StreamNumber) -> Bool {
        if number >= underwayUpTo { underway = 0 }
        guard number > acknowledged else { return false }
        acknowledged = number
        return true
    }
}
