import RoostCore
import RoostTransport

/// How often clients may do what costs others something; 0 means without limit. What may be done at once is a multiple of it.
public struct RateSettings: Equatable, Sendable {
    /// Messages of one device, and twice as many at once.
    public var sendsPerSecond: Int
    /// Messages of all devices of an account through one event loop of the node, and twice as many at once.
    public var accountSendsPerSecond: Int
    /// People looked up by one account, and fifty minutes' worth at once: a telephone book.
    public var lookupsPerMinute: Int
    /// Passwords tried for one name from one address, and two minutes' worth at once.
    public var loginsPerMinute: Int
    /// Accounts made from one address, and twenty minutes' worth at once.
    public var accountsPerMinute: Int
    /// Groups made by one account, and ten minutes' worth at once.
    public var groupsPerMinute: Int

    /// Those of a node that is told nothing.
    public static let defaults = RateSettings(
        sendsPerSecond: 2000, accountSendsPerSecond: 4000, lookupsPerMinute: 10, loginsPerMinute: 10,
        accountsPerMinute: 10, groupsPerMinute: 5)

    /// Makes settings.
    public init(
        sendsPerSecond: Int, accountSendsPerSecond: Int, lookupsPerMinute: Int, loginsPerMinute: Int,
        accountsPerMinute: Int, groupsPerMinute: Int
    ) {
        self.sendsPerSecond = sendsPerSecond
        self.accountSendsPerSecond = accountSendsPerSecond
        self.lookupsPerMinute = lookupsPerMinute
        self.loginsPerMinute = loginsPerMinute
        self.accountsPerMinute = accountsPerMinute
        self.groupsPerMinute = groupsPerMinute
    }

    /// The most that makes sense: one a microsecond.
    static let most = 1_000_000

    /// How much each device may send.
    var device: Rate? { .perSecond(UInt64(sendsPerSecond), burstSeconds: 2) }
    /// How much each account may send.
    var account: Rate? { .perSecond(UInt64(accountSendsPerSecond), burstSeconds: 2) }

    /// How often the HTTP resources may be asked.
    var requests: RequestRates {
        var rates = RequestRates()
        rates.lookups = RateSettings.perMinute(lookupsPerMinute, burstMinutes: 50)
        rates.logins = RateSettings.perMinute(loginsPerMinute, burstMinutes: 2)
        rates.accounts = RateSettings.perMinute(accountsPerMinute, burstMinutes: 20)
        rates.groups = RateSettings.perMinute(groupsPerMinute, burstMinutes: 10)
        rates.mailboxes = RequestRates.standard.mailboxes
        return rates
    }

    private static func perMinute(_ count: Int, burstMinutes: UInt64) -> Rate? {
        guard count > 0 else { return nil }
        return Rate(
            burst: UInt64(count) * burstMinutes, interval: TimeSpan(nanoseconds: 60_000_000_000 / UInt64(count)))
    }

    func check() throws(SettingsError) {
        for (key, value) in [
            ("sends-per-second", sendsPerSecond), ("account-sends-per-second", accountSendsPerSecond),
            ("lookups-per-minute", lookupsPerMinute), ("logins-per-minute", loginsPerMinute),
            ("accounts-per-minute", accountsPerMinute), ("groups-per-minute", groupsPerMinute),
        ] where value > RateSettings.most {
            throw .invalid(key, "\(value)", "at most \(RateSettings.most)")
        }
    }
}
