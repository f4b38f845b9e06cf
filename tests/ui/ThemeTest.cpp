// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/Theme.h"
#include "ui/Icons.h"

#include <QDir>
#include <QImage>
#include <QPainter>
#include <QTest>
#include <QWidget>

#include <set>

using namespace fairlead::ui;

Q_DECLARE_METATYPE(QPalette)

namespace {

QPalette highContrast()
{
    QPalette palette(
        Qt::yellow, Qt::black, Qt::white, Qt::gray, Qt::gray, Qt::white, Qt::white, Qt::black, Qt::black);
    palette.setColor(QPalette::Highlight, Qt::cyan);
    return palette;
}

} // namespace

class ThemeTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyInkIsReadable_data()
    {
        QTest::addColumn<QPalette>("palette");
        QTest::newRow("light") << Theme::lightPalette();
        QTest::newRow("dark") << Theme::darkPalette();
        QTest::newRow("high contrast") << highContrast();
        QTest::newRow("stock grey") << QPalette(QColor(0xef, 0xef, 0xef));
    }
    void everyInkIsReadable()
    {
        QFETCH(QPalette, palette);
        const Theme theme(palette);
        for (const QColor &ink :
             {theme.text(), theme.muted(), theme.good(), theme.warn(), theme.bad(), theme.info(),
              theme.accent(), theme.link()}) {
            QVERIFY2(Theme::contrast(ink, theme.ground()) >= 4.5, qPrintable(ink.name()));
            QVERIFY2(Theme::contrast(ink, theme.surface()) >= 4.5, qPrintable(ink.name()));
        }
        for (int i = 0; i < Theme::kSeries; ++i)
            QVERIFY2(
                Theme::contrast(theme.series(i), theme.surface()) >= 3.0, qPrintable(theme.series(i).name()));
    }

    void everySeriesHasItsOwnShape()
    {
        std::set<QByteArray> shapes;
        for (int i = 0; i < Theme::kSeries; ++i) {
            QImage image(24, 24, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::white);
            QPainter painter(&image);
            Theme::drawSeriesMark(painter, QRectF(2, 2, 20, 20), i, Qt::black);
            painter.end();
            shapes.insert(QByteArray(reinterpret_cast<const char *>(image.constBits()), image.sizeInBytes()));
        }
        QCOMPARE(shapes.size(), std::size_t(Theme::kSeries));
    }

    void aProviderKeepsItsSeries()
    {
        QCOMPARE(Theme::seriesOf("openai"), Theme::seriesOf("openai"));
        QVERIFY(Theme::seriesOf("openai") != Theme::seriesOf("anthropic"));
        QVERIFY(Theme::seriesOf("somebody-new") >= 0 && Theme::seriesOf("somebody-new") < Theme::kSeries);
    }

    void everyIconDrawsInTheColourAsked()
    {
        const QDir icons(QStringLiteral(":/icons"));
        QVERIFY(icons.entryList().size() > 20);
        for (const QString &file : icons.entryList()) {
            const QImage image = icons::pixmap(file.chopped(4), Qt::red, 20, 2.0).toImage();
            QCOMPARE(image.width(), 40);
            int drawn = 0;
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    const QColor pixel = image.pixelColor(x, y);
                    if (pixel.alpha() < 200)
                        continue;
                    ++drawn;
                    QVERIFY2(pixel.red() > 250 && pixel.green() < 5 && pixel.blue() < 5, qPrintable(file));
                }
            }
            QVERIFY2(drawn > 20, qPrintable(file));
        }
    }

    void distancesGrowWithTheFont()
    {
        QWidget widget;
        QFont font = widget.font();
        font.setPixelSize(13);
        widget.setFont(font);
        QCOMPARE(Theme::space(&widget, 8), 8);
        font.setPixelSize(26);
        widget.setFont(font);
        QCOMPARE(Theme::space(&widget, 8), 16);
    }
};

QTEST_MAIN(ThemeTest)
#include "ThemeTest.moc"
