/// How far the members of a group have got with its messages, counted: of the same size for ten members and for a thousand.
///
/// It never says of more members than is so that they have a message, for a moment or where steps were left out of fewer.
public struct GroupProgress: Hashable, Sendable {
    /// How many have got at least so far.
    public struct Step: Hashable, Sendable {
        /// Everything up to here, in the group's numbers.
        public var upTo: StreamNumber
        /// So many members.
        public var members: UInt32

        /// Makes a step.
        public init(upTo: StreamNumber, members: UInt32) {
            self.upTo = upTo
            self.members = members
        }
    }

    /// Most steps of either kind.
    public static let stepsMax = 16

    /// Who is in the group and whose first event is in order; whoever is shown this among them.
    public var members: UInt32
    /// What devices have stored: the furthest first, the count rising.
    public var delivered: [Step]
    /// What has been seen, by those who let others know.
    public var read: [Step]

    /// Makes it as it is told.
    public init(members: UInt32, delivered: [Step], read: [Step]) {
        self.members = members
        self.delivered = delivered
        self.read = read
    }

    /// Counts members.
    /// - Parameters:
    ///   - delivered: how far the devices of each are. Who came later counts as one who has what was before.
    ///   - read: how far each has seen it.
    public init(delivered: [StreamNumber], read: [StreamNumber]) {
        self.init(
            members: UInt32(clamping: delivered.count), delivered: GroupProgress.steps(delivered),
            read: GroupProgress.steps(read))
    }

    /// The highest steps, and the lowest one, which says what all have.
    private static func steps(_ numbers: [StreamNumber]) -> [Step] {
        var steps: [Step] = []
        for (index, number) in numbers.sorted(by: >).enumerated() where number > 0 {
            let members = UInt32(clamping: index + 1)
            if steps.last?.upTo == number {
                steps[steps.count - 1].members = members
            } else {
                steps.append(Step(upTo: number, members: members))
            }
        }
        guard steps.count > stepsMax, let lowest = steps.last else { return steps }
        return steps.prefix(stepsMax - 1) + [lowest]
    }

    /// The same for one who is not told what others read.
    public var withoutReads: GroupProgress { GroupProgress(members: members, delivered: delivered, read: []) }

    /// How many have a message on a device, at least.
    public func deliveredCount(of number: StreamNumber) -> UInt32 { GroupProgress.count(delivered, number) }

    /// How many have seen a message, at least.
    public func readCount(of number: StreamNumber) -> UInt32 { GroupProgress.count(read, number) }

    private static func count(_ steps: [Step], _ number: StreamNumber) -> UInt32 {
        steps.last { $0.upTo >= number }?.members ?? 0
    }
}
