import RoostCore
import RoostNode
import RoostRing

/// What the checkers remember of a run.
struct RunRecord {
    /// A stream of one person to another.
    struct Stream: Hashable, Sendable {
        let sender: Int
        let reader: Int
    }

    /// How far each stream was said to be `sent`, by whatever gateway, heard or not.
    var sent: [Stream: StreamNumber] = [:]
    /// Requests that are answered by a majority, by the gateway's token.
    var requests: [GatewayToken: ReplicaRequest] = [:]
    /// Every ring that some node adopted.
    var epochs: [Epoch: EpochRecord] = [:]
    /// The highest epoch that each node ever adopted.
    var adopted: [NodeID: Epoch] = [:]
    /// The ring in force: the highest that some node adopted.
    var ring: RingTable?
    /// Its record.
    var ringRecord: EpochRecord?
}
