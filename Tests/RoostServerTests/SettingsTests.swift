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

    @Test func `what people may do in conversations can be set, within reason`() async throws {
        #expect(try await NodeSettings.read(flags: [:], file: nil).conversations == .defaults)
        let set = try await NodeSettings.read(
            flags: ["edit-minutes": "0", "deletion-minutes": "525600", "group-members": "2"], file: nil)
        #expect(
            set.conversations
                == ConversationSettings(editMinutes: 0, deletionMinutes: 525_600, groupMembers: 2))
        for (key, values) in [
            "edit-minutes": ["-1", "long", "525601"], "deletion-minutes": ["-1", "525601"],
            "group-members": ["1", "1025", "all"],
        ] {
            for value in values {
                await #expect(throws: SettingsError.self) {
                    try await NodeSettings.read(flags: [key: value], file: nil)
                }
            }
        }
    }
}
