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

    /// Given to the client and not acknowledged.
    var outstanding: Int {
        Int(released - acknowledged)
    }
}
