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

    /// A slot at one of its versions.
    struct SlotVersion: Hashable, Sendable {
        let slot: Slot
        let version: UInt64
    }

    /// A node that copies a slot.
    struct Copying: Hashable, Sendable {
        let node: Int
        let of: SlotVersion
    }

    /// A session that a node has subscribed at an owner.
    struct Subscriber: Hashable, Sendable {
        let node: Int
        let owner: Int
        let session: GatewayToken
        let version: UInt64
        let isPushed: Bool
    }

    /// How far each stream was said to be `sent`, by whatever gateway, heard or not.
    var sent: [Stream: StreamNumber] = [:]
    /// When a node last heard that somebody types to somebody.
    var typings: [Stream: Instant] = [:]
    /// When each message was put on a connection first.
    var written: [Stream: [StreamNumber: Instant]] = [:]
    /// Messages of which some device got the word that they have ended.
    var ended: [Stream: Set<StreamNumber>] = [:]
    /// Messages that some device got as they were sent.
    var storedWhole: [Stream: Set<StreamNumber>] = [:]
    /// Everybody has said what it knows: receipts that are known are not to be told.
    var isTellingNothing = false
    /// Messages about presence and typing between nodes.
    var presenceMessages = 0
    /// Slots whose majority was lost and given up.
    var bereft: Set<Slot> = []
    /// Messages that were `sent` and on lost disks only, when the loss was accepted.
    var excused: [Stream: Set<StreamNumber>] = [:]
    /// What the owner that was left had on its disk of a stream that lost its majority: all of it has to be delivered.
    var kept: [Stream: Set<StreamNumber>] = [:]
    /// How far a stream was said to be `sent` when it lost its majority.
    var sentAtLoss: [Stream: StreamNumber] = [:]
    /// Numbers that readers were told are lost.
    var toldLost: [Stream: Set<StreamNumber>] = [:]
    /// How often a data directory was refused.
    var refused = 0
    /// Requests that are answered by a majority, by the gateway's token.
    var requests: [GatewayToken: ReplicaRequest] = [:]
    /// Slots that are being copied, by the token of each question.
    var pulls: [GatewayToken: SlotVersion] = [:]
    /// Who has said that a batch is kept, by its token: what a mutant counts.
    var keepers: [GatewayToken: Set<Int>] = [:]
    /// Whom a mutant's newcomer has copied a slot from.
    var onlySources: [Copying: Int] = [:]
    /// Whom a mutant's nodes have subscribed since they met the owner.
    var subscribers: Set<Subscriber> = []
    /// Every ring that some node adopted.
    var epochs: [Epoch: EpochRecord] = [:]
    /// The highest epoch that each node ever adopted.
    var adopted: [NodeID: Epoch] = [:]
    /// The ring in force: the highest that some node adopted.
    var ring: RingTable?
    /// Its record.
    var ringRecord: EpochRecord?
}
