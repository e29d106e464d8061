import RoostConsensus
import RoostCore

/// Takes a handle for an account so that at no time two accounts have it, though three registers on three slots have a part
/// in it and the taker may vanish between any two steps.
///
/// 1. The account says what it is about to take, under a new id (`pending`).
/// 2. The register of the handle is changed from nobody, or from somebody whose claim is stale, to (user, id).
/// 3. The account says that it has it (`taken`), if it is still taking it under this id. What it had before is released.
///
/// A claim is stale when the account that the register names knows its id neither as pending nor as taken. Ids are drawn anew
/// for each taking, so what is stale stays stale; and whoever is named by a register and knows the id is safe, because nobody
/// changes a register from a claim that is not stale. So between 1 and the moment an account gives the id up, only (user,
/// id) itself can follow (user, id).
///
/// Whoever vanishes leaves at worst a pending claim in a register: the handle is that account's to take again, and nobody else's
/// until it takes another one or is deleted. A handle is found only by ``Account/has(_:_:)``.
public struct HandleTaking: Equatable, Sendable {
    /// How it ended.
    public enum Outcome: Equatable, Sendable {
        /// The handle is the person's; the account as it is now.
        case taken(Account)
        /// Somebody else has it.
        case anothers
        /// A later attempt of the same account took its place.
        case superseded
        /// There is no such account in use.
        case noAccount
        /// Too many others came first, one after the other.
        case contended
        /// A value could not be read.
        case unreadable
        /// The owners of a register could not be reached; it may or may not have been taken, and can be begun anew.
        case unavailable
    }

    /// What to do next.
    public enum Step: Equatable, Sendable {
        /// Ask this and bring the answer.
        case ask(RegisterRequest)
        /// It is over.
        case ended(Outcome)
    }

    private enum Stage: Equatable, Sendable {
        case beginning
        case reading
        /// Looks whether this claim, of somebody else or an earlier one of our own, is stale.
        case checking(HandleHolder)
        case claiming
        case confirming
        /// Somebody else has it: we say that we are not taking it.
        case withdrawing(Outcome)
        /// Nobody needs to find our old handle's register named after us any more. Only tidiness: that claim is stale.
        case releasing(Account)
    }

    /// How often a register may be found changed by others before we give up.
    static let attemptsMax = 8

    private let user: UserName
    private let claim: HandleClaim
    private var stage = Stage.beginning
    private var attempts = 0
    /// Whether it was unknown once if the handle's register was changed.
    private var hasDoubted = false
    /// What the account had of this sort when we began.
    private var before: HandleClaim?

    /// Takes the claim's handle for a user. The id has to be new and random.
    public init(user: UserName, claim: HandleClaim) {
        self.user = user
        self.claim = claim
    }

    /// The first request.
    public var first: RegisterRequest {
        .change(Address(user), .account(.beginClaim(claim)))
    }

    /// Takes the answer to the request that was asked last.
    public mutating func answered(_ answer: RegisterAnswer) -> Step {
        switch answer {
        case .value(let value):
            do throws(ByteReaderError) {
                return try found(value)
            } catch {
                return .ended(.unreadable)
            }
        case .refused(let reason): return refused(reason)
        case .outcomeUnknown where stage == .claiming && !hasDoubted:
            // Many at once on one register: the value it holds tells, for nobody else writes our id.
            hasDoubted = true
            return read()
        case .unavailable, .outcomeUnknown:
            if case .releasing(let account) = stage { return .ended(.taken(account)) }
            if case .withdrawing(let outcome) = stage { return .ended(outcome) }
            return .ended(.unavailable)
        }
    }

    private mutating func found(_ value: [UInt8]) throws(ByteReaderError) -> Step {
        switch stage {
        case .beginning:
            let account = try Account(decoding: value)
            before = account.taken.first { $0.handle.kind == claim.handle.kind }
            // It is the account's already, under an id that need not change.
            return before?.handle == claim.handle ? withdraw(.taken(account)) : read()
        case .reading:
            guard !value.isEmpty else { return take(from: nil) }
            let holder = try HandleHolder(decoding: value)
            guard holder != own else { return confirm() }
            stage = .checking(holder)
            return .ask(.read(Address(holder.user)))
        case .checking(let holder):
            let isKnown = value.isEmpty ? false : try Account(decoding: value).knows(holder.id)
            return isKnown ? withdraw(.anothers) : take(from: holder)
        case .claiming:
            return confirm()
        case .confirming:
            let account = try Account(decoding: value)
            guard let before else { return .ended(.taken(account)) }
            stage = .releasing(account)
            return .ask(HandleTaking.release(before, of: user))
        case .withdrawing(let outcome):
            return .ended(outcome)
        case .releasing(let account):
            return .ended(.taken(account))
        }
    }

    private mutating func refused(_ reason: UInt8) -> Step {
        switch stage {
        case .beginning:
            return .ended(reason == AccountChange.Refusal.unreadable.rawValue ? .unreadable : .noAccount)
        case .claiming:
            attempts += 1
            return attempts < HandleTaking.attemptsMax ? read() : withdraw(.contended)
        case .confirming:
            // Whoever replaced our pending claim made it stale; its register is anybody's.
            return .ended(reason == AccountChange.Refusal.claimGone.rawValue ? .superseded : .noAccount)
        case .withdrawing(let outcome):
            return .ended(outcome)
        case .releasing(let account):
            return .ended(.taken(account))
        case .reading, .checking:
            return .ended(.unreadable)
        }
    }

    private var own: HandleHolder { HandleHolder(user: user, id: claim.id) }

    private mutating func read() -> Step {
        stage = .reading
        return .ask(.read(claim.handle.address))
    }

    private mutating func take(from holder: HandleHolder?) -> Step {
        stage = .claiming
        return .ask(.change(claim.handle.address, .handle(HandleChange(from: holder, to: own))))
    }

    private mutating func confirm() -> Step {
        stage = .confirming
        return .ask(.change(Address(user), .account(.confirmClaim(claim))))
    }

    private mutating func withdraw(_ outcome: Outcome) -> Step {
        stage = .withdrawing(outcome)
        return .ask(.change(Address(user), .account(.dropClaim(claim))))
    }

    /// Empties the register of a claim that its account has given up.
    public static func release(_ claim: HandleClaim, of user: UserName) -> RegisterRequest {
        .change(
            claim.handle.address, .handle(HandleChange(from: HandleHolder(user: user, id: claim.id), to: nil)))
    }
}
