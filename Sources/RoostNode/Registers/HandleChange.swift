import RoostConsensus
import RoostCore

/// A change to the register of a handle: who has it, if nobody else came first.
public struct HandleChange: RegisterChange, Equatable, Sendable {
    /// Who has to be there, as read before; `nil` for nobody.
    public let expected: HandleHolder?
    /// Who is there from now on; `nil` for nobody.
    public let holder: HandleHolder?

    /// Makes a change.
    public init(from expected: HandleHolder?, to holder: HandleHolder?) {
        self.expected = expected
        self.holder = holder
    }

    /// The reason of the only refusal: somebody else is there.
    public static let isAnothers: UInt8 = 1

    /// Decides on the stored holder; empty bytes mean none.
    public func apply(to current: [UInt8]) -> RegisterDecision {
        let value = holder?.encode() ?? []
        if current == value { return .keep }
        return current == expected?.encode() ?? [] ? .write(value) : .refuse(reason: HandleChange.isAnothers)
    }
}
