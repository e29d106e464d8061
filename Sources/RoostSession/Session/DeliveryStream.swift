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

    /// Given to the client and not acknowledged.
    var outstanding: Int {
        Int(released - acknowledged)
    }
}
