<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Format</name>
    <message numerus="yes">
        <source>%n min ago</source>
        <translation>
            <numerusform>%n min ago</numerusform>
            <numerusform>%n min ago</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n h ago</source>
        <translation>
            <numerusform>%n h ago</numerusform>
            <numerusform>%n h ago</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n day(s) ago</source>
        <translation>
            <numerusform>%n day ago</numerusform>
            <numerusform>%n days ago</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ProviderListModel</name>
    <message numerus="yes">
        <source>%n model(s)</source>
        <translation>
            <numerusform>%n model</numerusform>
            <numerusform>%n models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fairlead::gateway::LocalGateway</name>
    <message numerus="yes">
        <source>Works: %1 offers %n model(s).</source>
        <translation>
            <numerusform>Works: %1 offers %n model.</numerusform>
            <numerusform>Works: %1 offers %n models.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fairlead::ui::ComparePage</name>
    <message numerus="yes">
        <source>%n columns are the most</source>
        <translation>
            <numerusform>%n column is the most</numerusform>
            <numerusform>%n columns are the most</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fairlead::ui::ProxyPage</name>
    <message numerus="yes">
        <source>%n in flight</source>
        <translation>
            <numerusform>%n in flight</numerusform>
            <numerusform>%n in flight</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fairlead::ui::SeriesLegend</name>
    <message numerus="yes">
        <source>+%n more</source>
        <translation>
            <numerusform>+%n more</numerusform>
            <numerusform>+%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fairlead::ui::SimulatorCard</name>
    <message numerus="yes">
        <source>Last %n day(s)</source>
        <translation>
            <numerusform>Last day</numerusform>
            <numerusform>Last %n days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) would fit no target.</source>
        <translation>
            <numerusform>%n request would fit no target.</numerusform>
            <numerusform>%n requests would fit no target.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) without a known price are left out.</source>
        <translation>
            <numerusform>%n request without a known price is left out.</numerusform>
            <numerusform>%n requests without a known price are left out.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fairlead::ui::SpendPage</name>
    <message numerus="yes">
        <source>%1, %n failed</source>
        <comment>range of days</comment>
        <translation>
            <numerusform>%1, %n failed</numerusform>
            <numerusform>%1, %n failed</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fairlead::ui::StatusStrip</name>
    <message numerus="yes">
        <source>%n in flight</source>
        <translation>
            <numerusform>%n in flight</numerusform>
            <numerusform>%n in flight</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) today</source>
        <translation>
            <numerusform>%n request today</numerusform>
            <numerusform>%n requests today</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them without a known price</source>
        <translation>
            <numerusform>%n of them without a known price</numerusform>
            <numerusform>%n of them without a known price</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fairlead::ui::SummaryModel</name>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n failed</numerusform>
            <numerusform>%n failed</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fairlead::ui::TargetListModel</name>
    <message numerus="yes">
        <source>%n request(s) under way</source>
        <translation>
            <numerusform>%n request under way</numerusform>
            <numerusform>%n requests under way</numerusform>
        </translation>
    </message>
</context>
</TS>
