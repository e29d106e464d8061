import RoostCore

/// A ``RegisterAnswer`` about a user's account, read.
public enum AccountAnswer: Equatable, Sendable {
    /// The account as it is decided now; `nil` when there is none.
    case account(Account?)
    /// The stored account forbids the change.
    case refused(AccountChange.Refusal)
    /// No majority of the owners answered; nothing was changed.
    case unavailable
    /// No majority of the owners answered in time; the change may or may not have been made.
    case outcomeUnknown

    /// Reads an answer.
    public init(_ answer: RegisterAnswer) {
        switch answer {
        case .value(let value) where value.isEmpty: self = .account(nil)
        case .value(let value):
            do throws(ByteReaderError) {
                self = .account(try Account(decoding: value))
            } catch {
                self = .refused(.unreadable)
            }
        case .refused(let reason): self = .refused(AccountChange.Refusal(rawValue: reason) ?? .unreadable)
        case .unavailable: self = .unavailable
        case .outcomeUnknown: self = .outcomeUnknown
        }
    }
}
