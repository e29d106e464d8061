import RoostClient
import RoostCore

/// Who lives in the town, and who talks to whom: the same for one seed.
struct TownPlan: Sendable {
    /// A group and its members, by their places in `people`.
    struct Circle: Sendable {
        let address: Address
        let members: [Int]
    }

    let people: [Credentials]
    let circles: [Circle]
    /// Of each person the people it writes to.
    let contacts: [[Int]]
    /// Of each person its groups of up to ten, and the larger ones, by their places in `circles`.
    let smallCircles: [[Int]]
    let largeCircles: [[Int]]
    /// Of this run, so that what an earlier one left is known.
    let run: UInt64

    private static let contactsMax = 20
    static let smallSize = 10
    static let largeSize = 100

    /// Everybody is in a group of ten and, where there are enough people, in one of a hundred.
    static func circles(of people: Int) -> [[Int]] {
        let all = Array(0..<people)
        let large = people >= largeSize ? all.chunks(of: largeSize).filter { $0.count == largeSize } : []
        return all.chunks(of: smallSize).filter { $0.count > 1 }.map { Array($0) } + large.map { Array($0) }
    }

    init(people: [Credentials], circles: [Circle], seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var system = SystemRandomNumberGenerator()
        run = system.next()
        self.people = people
        self.circles = circles
        contacts = people.indices.map { person in
            (0..<min(TownPlan.contactsMax, people.count - 1)).map { _ in
                (person + 1 + random.below(people.count - 1)) % people.count
            }
        }
        func places(of person: Int, _ isOfSize: (Int) -> Bool) -> [Int] {
            circles.indices.filter { circles[$0].members.contains(person) && isOfSize(circles[$0].members.count) }
        }
        smallCircles = people.indices.map { person in places(of: person) { $0 <= TownPlan.smallSize } }
        largeCircles = people.indices.map { person in places(of: person) { $0 > TownPlan.smallSize } }
    }
}

/// Where somebody writes: to a person or to a group, by its place in the plan.
enum Conversation: Hashable, Sendable {
    case person(Int)
    case circle(Int)

    private static let circleBit: UInt64 = 1 << 32

    var code: UInt64 {
        switch self {
        case .person(let index): UInt64(index)
        case .circle(let index): UInt64(index) | Conversation.circleBit
        }
    }

    init(code: UInt64) {
        let index = Int(code & (Conversation.circleBit - 1))
        self = code & Conversation.circleBit == 0 ? .person(index) : .circle(index)
    }
}

/// What stands in the body of a message: who wrote it, where, which it is there, and when.
struct TownMessage: Equatable, Sendable {
    static let headerBytes = 40

    let run: UInt64
    let author: Int
    let conversation: Conversation
    /// 1, 2, 3… of this author in this conversation.
    let number: Int
    let nanoseconds: UInt64

    init(run: UInt64, author: Int, conversation: Conversation, number: Int, nanoseconds: UInt64) {
        self.run = run
        self.author = author
        self.conversation = conversation
        self.number = number
        self.nanoseconds = nanoseconds
    }

    /// Reads the head of a body; `nil` when it is shorter, or when what follows is not the padding.
    init?(_ body: ArraySlice<UInt8>, padding: [UInt8]) {
        guard body.count == TownMessage.headerBytes + padding.count,
            body.dropFirst(TownMessage.headerBytes).elementsEqual(padding)
        else { return nil }
        var reader = ByteReader(Array(body.prefix(TownMessage.headerBytes)))
        do throws(ByteReaderError) {
            run = try reader.readUInt64()
            author = Int(clamping: try reader.readUInt64())
            conversation = Conversation(code: try reader.readUInt64())
            number = Int(clamping: try reader.readUInt64())
            nanoseconds = try reader.readUInt64()
        } catch {
            return nil
        }
    }

    func body(padding: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(capacity: TownMessage.headerBytes + padding.count)
        writer.writeFixed(run)
        writer.writeFixed(UInt64(author))
        writer.writeFixed(conversation.code)
        writer.writeFixed(UInt64(number))
        writer.writeFixed(nanoseconds)
        return writer.bytes + padding
    }
}
