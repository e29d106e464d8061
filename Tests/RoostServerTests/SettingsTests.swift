import RoostServer
import Testing

/// Settings of rates.
@Suite struct SettingsTests {
    @Test func `a node that is told nothing has limits, and can be told to have none`() async throws {
        #expect(try await NodeSettings.read(flags: [:], file: nil).rates == .defaults)
        let keys = [
            "sends-per-second", "account-sends-per-second", "lookups-per-minute", "logins-per-minute",
            "accounts-per-minute", "groups-per-minute",
        ]
        let none = try await NodeSettings.read(
            flags: Dictionary(uniqueKeysWithValues: keys.map { ($0, "0") }), file: nil)
        #expect(
            none.rates
                == RateSettings(
                    sendsPerSecond: 0, accountSendsPerSecond: 0, lookupsPerMinute: 0, loginsPerMinute: 0,
                    accountsPerMinute: 0, groupsPerMinute: 0))
        for key in keys {
            for value in ["-1", "many", "1000001"] {
                await #expect(throws: SettingsError.self) {
                    try await NodeSettings.read(flags: [key: value], file: nil)
                }
            }
        }
    }
}
