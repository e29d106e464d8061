import NIOCore
import RoostCore
import Synchronization

/// How often clients may ask for what costs others something; `nil` for no limit.
public struct RequestRates: Equatable, Sendable {
    /// Looking people up, by each account.
    public var lookups: Rate?
    /// Trying a password, for each name from each address.
    public var logins: Rate?
    /// Making accounts, from each address but this machine's.
    public var accounts: Rate?
    /// Making groups, by each account.
    public var groups: Rate?
    /// Asking what is unread, and what has become of a message, by each account.
    public var mailboxes: Rate?

    /// Makes rates without limits.
    public init() {}

    /// Those of a node that is told nothing: enough for a large telephone book, for fingers that slip, for an office behind
    /// one address.
    public static let standard = {
        var rates = RequestRates()
        rates.lookups = Rate(burst: 500, interval: .seconds(6))
        rates.logins = Rate(burst: 20, interval: .seconds(6))
        rates.accounts = Rate(burst: 200, interval: .seconds(6))
        rates.groups = Rate(burst: 50, interval: .seconds(60))
        rates.mailboxes = Rate(burst: 120, interval: .milliseconds(500))
        return rates
    }()
}

/// Counts requests against the rates. Each node counts for itself.
public final class RequestLimits: Sendable {
    /// What is limited.
    public enum Kind: String, CaseIterable, Sendable {
        /// Looking somebody up.
        case lookup
        /// Trying a password.
        case login
        /// Making an account.
        case account
        /// Making a group.
        case group
        /// Looking into the own mailbox.
        case mailbox
    }

    private let buckets: Mutex<[Kind: KeyedBuckets<String>]>
    private let onLimited: @Sendable (Kind) -> Void

    /// Makes it.
    /// - Parameters:
    ///   - rates: how often.
    ///   - onLimited: is called for each request that is refused, on any thread.
    public init(_ rates: RequestRates = .standard, onLimited: @escaping @Sendable (Kind) -> Void = { _ in }) {
        var buckets: [Kind: KeyedBuckets<String>] = [:]
        buckets[.lookup] = rates.lookups.map { KeyedBuckets($0) }
        buckets[.login] = rates.logins.map { KeyedBuckets($0) }
        buckets[.account] = rates.accounts.map { KeyedBuckets($0) }
        buckets[.group] = rates.groups.map { KeyedBuckets($0) }
        buckets[.mailbox] = rates.mailboxes.map { KeyedBuckets($0) }
        self.buckets = Mutex(buckets)
        self.onLimited = onLimited
    }

    /// Counts one request by or about `key`; refused when there were too many.
    func take(_ kind: Kind, _ key: String) throws(ResourceError) {
        let now = Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds)
        guard let wait = buckets.withLock({ $0[kind]?.take(key, now: now) }) else { return }
        onLimited(kind)
        throw .rateLimited(wait)
    }
}
