import RoostCore
import RoostSession

/// One device of a person: an honest client that keeps the rules of the protocol and remembers what it was promised.
struct Person: Sendable {
    /// The number of every stream here: streams are told apart by who sends to whom.
    static let streamNumber: UInt64 = 1

    /// What the person sends to one other.
    struct Outbox: Sendable {
        let to: Int
        /// Messages written so far.
        var produced: StreamNumber = 0
        /// Everything up to here is `sent`.
        var sentUpTo: StreamNumber = 0
        /// Everything up to here was said to be delivered.
        var deliveredUpTo: StreamNumber = 0
        /// Everything up to here was said to be read.
        var readUpTo: StreamNumber = 0
        /// What was said to have ended undelivered.
        var ended = NumberRuns()
        /// The next to put on this connection.
        var next: StreamNumber = 1
        /// The highest ever put on any connection: from here down it is a retry.
        var written: StreamNumber = 0
        /// It was refused and begins again in a moment.
        var isPausing = false
        /// The owners know less of it than was `sent`, for a loss was accepted: a client goes on with another stream then.
        var isGivenUp = false
        /// From here on the person's other device is owed copies; `nil` while there is none, or none of which the node has to know.
        var copiedFrom: StreamNumber?
    }

    /// A stream of the person's and who reads it.
    struct ReceiptName: Hashable, Sendable {
        let reader: Int
        let key: StreamKey
    }

    /// Where the connection stands.
    enum Link: Equatable, Sendable {
        /// Will connect by itself.
        case offline
        /// `hello` is on its way, or its answer.
        case greeting(node: Int, connection: Int)
        /// Welcomed.
        case online(node: Int, connection: Int)
    }

    /// What becomes of a device that its user has lost.
    enum Revocation: Equatable, Sendable {
        /// It is in use. Can become `asked`.
        case none
        /// Somebody wants it out, and it may be out already: nobody owes it anything. Can become `done`.
        case asked
        /// Somebody was told that it is out: on connections after this one it gets in no more.
        case done(afterConnection: Int)
    }

    let index: Int
    let user: Address
    let device: DeviceID
    let token: AccessToken
    let window: Int
    var name: String { user.text }
    /// The place of the person's first device, if this is the second.
    var first: Int?
    /// The places of the person's other devices, if this is the first: in a scenario one may follow another, else there is one at most.
    var others: [Int] = []
    /// Whether the device is being taken out of its account.
    var revocation = Revocation.none
    /// When somebody was told that the device is linked, if it is not the person's first.
    var linkedAt: Instant?
    /// The second device, while the person wants to link it.
    var linking: AccessToken?
    /// On connections from this one on the node knows that there is another device.
    var knownFromConnection: Int?
    /// From which number on streams are owed to a second device that are older than it.
    var owed: [StreamKey: StreamNumber] = [:]
    var link = Link.offline
    var outbox: [Outbox] = []
    /// What the person sends to each group of the run.
    var groupOutbox: [GroupOutbox] = []
    var groupLeft = 0
    /// What the device has stored, by stream: the watermark that makes delivery exactly once.
    var watermarks: [StreamKey: StreamNumber] = [:]
    /// What of that has been acknowledged on this connection.
    var unacknowledged: [StreamKey: StreamNumber] = [:]
    /// Messages that came on this connection since it last acknowledged.
    var inFlight = 0
    var receivedCount = 0
    /// Up to where the person has seen what it has stored, by stream.
    var seen: [StreamKey: StreamNumber] = [:]
    /// Numbers that were not `sent` when they came, or when it was said that they were read.
    var unsentReads: Set<StreamNumber> = []
    /// What of that has been said on this connection.
    var saidRead: [StreamKey: StreamNumber] = [:]
    /// It is about to read.
    var isReading = false
    /// The backlog of this connection is through.
    var hasDrained = false
    /// Receipts of this connection that the node has not heard are known.
    var receiptsDue: [StreamReceipt] = []
    /// What the person has ever said that it knows.
    var known: [ReceiptName: (delivered: StreamNumber, read: StreamNumber, ended: UInt64)] = [:]
    /// The people on its screen.
    var watches: [Int] = []
    /// What it was shown of them on this connection.
    var shown: [Int: PresenceState] = [:]
    /// What it was shown of the groups on this connection; `nil` for nothing that it may know.
    var shownGroups: [Int: GroupProgress?] = [:]
    /// It has left, and comes back when it is told to.
    var isResting = false
    /// The machine it is about to connect to, if it has chosen one.
    var wantedHost: Int?
    var sentCount: Int { outbox.reduce(0) { $0 + Int($1.sentUpTo) } }
    var left: Int

    /// The only body that message `number` from one to another may have.
    static func body(from: Int, to: Int, number: StreamNumber) -> [UInt8] {
        Array("\(from)>\(to)#\(number) ".utf8) + Array(repeating: 0x2E, count: Int(number * 37 % 200))
    }
}
