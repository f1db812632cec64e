from django.urls import path

from dashboard.prices import views

urlpatterns = [path("credits/prices/", views.price_list, name="price-list")]
